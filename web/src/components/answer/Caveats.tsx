import { List, Popover, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { AnswerCaveat } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import classes from "./answer.module.css";
import { answerWords } from "./answer-words";

/** Warnings are said at once, notes as well where there is room; on a tile notes are a click away. */
export function Caveats({
  caveats,
  brief,
}: {
  caveats: AnswerCaveat[];
  brief?: boolean;
}): ReactNode {
  const warnings = caveats.filter((one) => one.weight === "warning");
  const notes = caveats.filter((one) => one.weight !== "warning");
  if (caveats.length === 0) return null;
  return (
    <div className={classes.caveats}>
      {warnings.map((one) => (
        <CaveatLine key={keyOf(one)} caveat={one} />
      ))}
      {brief && notes.length > 0 ? (
        <Notes notes={notes} />
      ) : (
        notes.map((one) => <CaveatLine key={keyOf(one)} caveat={one} />)
      )}
    </div>
  );
}

/** The same may be said of two things. */
function keyOf({ code, text }: AnswerCaveat): string {
  return `${code} ${text.en}`;
}

function CaveatLine({ caveat }: { caveat: AnswerCaveat }): ReactNode {
  const { language } = useLanguage();
  const warns = caveat.weight === "warning";
  const Icon = warns ? IconAlertTriangle : IconInfoCircle;
  return (
    <p className={classes.caveat} data-warns={warns || undefined}>
      <Icon size={15} aria-hidden />
      <span>{caveat.text[language]}</span>
    </p>
  );
}

function Notes({ notes }: { notes: AnswerCaveat[] }): ReactNode {
  const words = useWords(answerWords);
  const format = useFormat();
  const { language } = useLanguage();
  return (
    <Popover position="top-start" width={320}>
      <Popover.Target>
        <UnstyledButton className={classes.caveat}>
          <IconInfoCircle size={15} aria-hidden />
          <span>{words.moreNotes(format.number(notes.length))}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="xs" fw={600} mb={4}>
          {words.notes}
        </Text>
        <List size="xs" spacing={4}>
          {notes.map((one) => (
            <List.Item key={keyOf(one)}>{one.text[language]}</List.Item>
          ))}
        </List>
      </Popover.Dropdown>
    </Popover>
  );
}
