import { Anchor, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { Mark } from "@/components/Mark";
import { useLanguage, useWords } from "@/lib/words";
import classes from "./AccessFrame.module.css";
import { accessWords } from "./access-words";

interface AccessFrameProps {
  title: string;
  hint?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** The quiet page around sign-in, set-up and invitations. */
export function AccessFrame({ title, hint, wide, children }: AccessFrameProps): ReactNode {
  const words = useWords(accessWords);
  const { language, setLanguage } = useLanguage();
  useEffect(() => {
    document.title = `${title} · Kizuna`;
  }, [title]);
  return (
    <div className={classes.frame}>
      <header className={classes.header}>
        <Group gap={10}>
          <Mark size={34} />
          <span className={classes.name}>Kizuna</span>
        </Group>
        <Anchor
          component="button"
          size="sm"
          lang={language === "ja" ? "en" : "ja"}
          onClick={() => setLanguage(language === "ja" ? "en" : "ja")}
        >
          {language === "ja" ? "English" : "日本語"}
        </Anchor>
      </header>
      <main className={classes.main} data-wide={wide || undefined}>
        <Title order={1} mb={hint ? 4 : "md"}>
          {title}
        </Title>
        {hint && (
          <Text c="dimmed" size="sm" mb="lg" style={{ overflowWrap: "anywhere" }}>
            {hint}
          </Text>
        )}
        {children}
      </main>
      <footer className={classes.footer}>
        <Text size="xs" c="dimmed">
          {words.tagline}
        </Text>
      </footer>
    </div>
  );
}
