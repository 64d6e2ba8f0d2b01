import { Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Loaded, RowsSkeleton } from "@/components/Loaded";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import type { Condition } from "./condition";
import { templatesQuery } from "./condition-queries";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";

/** How the server names a trait among what is needed. */
const TRAIT = "trait:";

interface TemplatePickerProps {
  /** Something stands in the builder already. */
  replaces?: boolean;
  /** Leaves out those whose data has not arrived. */
  usable?: boolean;
  onUse: (template: { key: string; name: string; condition: Condition }) => void;
}

/** Ready conditions; those whose data there is come first. */
export function TemplatePicker({ replaces, usable, onUse }: TemplatePickerProps): ReactNode {
  const words = useWords(conditionWords).templates;
  const format = useFormat();
  const { language } = useLanguage();
  const query = useQuery(templatesQuery);
  const sayNeed = (need: string) =>
    need.startsWith(TRAIT) ? words.trait(need.slice(TRAIT.length)) : need;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {words.hint} {replaces && words.replaces}
      </Text>
      <Loaded query={query} skeleton={<RowsSkeleton rows={4} />}>
        {({ items }) => (
          <ul className={classes.templates}>
            {items
              .filter((template) => !usable || template.usable)
              .toSorted((a, b) => Number(b.usable) - Number(a.usable))
              .map((template) => (
                <li key={template.key} className={classes.template}>
                  <div>
                    <Text size="sm" fw={600}>
                      {template.name[language]}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {template.description[language]}
                    </Text>
                    {!template.usable && (
                      <Text size="xs" c="dimmed">
                        {words.needs(format.list(template.missing.map(sayNeed)))} · {words.unusable}
                      </Text>
                    )}
                  </div>
                  <Button
                    size="compact-sm"
                    variant={template.usable ? "light" : "default"}
                    aria-label={`${words.use}: ${template.name[language]}`}
                    onClick={() =>
                      onUse({
                        key: template.key,
                        name: template.name[language],
                        condition: template.condition as unknown as Condition,
                      })
                    }
                  >
                    {words.use}
                  </Button>
                </li>
              ))}
            {items.length === 0 && <Text size="sm">{words.none}</Text>}
          </ul>
        )}
      </Loaded>
    </Stack>
  );
}
