import { ActionIcon, Anchor, Collapse, Group, Select, Stack, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { Snippets } from "@/components/Snippets";
import type { Source } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { usePreference } from "@/lib/preferences";
import { makeSnippets } from "@/lib/snippets";
import { useWords } from "@/lib/words";
import classes from "./GettingStarted.module.css";
import { homeWords } from "./home-words";
import { type StepKey, useSteps } from "./use-steps";

/** What a new workspace needs, ticked from what is really there. */
export function GettingStarted(): ReactNode {
  const words = useWords(homeWords).start;
  const format = useFormat();
  const [hidden, setHidden] = usePreference("home.started", false);
  const { steps, sources, known } = useSteps();
  const done = steps.filter((step) => step.done).length;
  const current = steps.find((step) => !step.done)?.key;
  if (hidden || !known || steps.length === 0 || done === steps.length) return null;
  return (
    <Card
      title={words.title}
      hint={words.progress(format.number(done), format.number(steps.length))}
      action={
        <Tooltip label={words.hide}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.hide}
            onClick={() => setHidden(true)}
          >
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      }
    >
      <ol className={classes.steps}>
        {steps.map((step) => (
          <li key={step.key} className={classes.step} data-done={step.done || undefined}>
            <span className={classes.tick} aria-hidden>
              {step.done && <IconCheck size={14} stroke={2.6} />}
            </span>
            <div className={classes.body}>
              <StepHead step={step.key} done={step.done} />
              {step.key === "event" && (
                <Collapse expanded={current === "event"}>
                  <FirstEvent sources={sources} />
                </Collapse>
              )}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

const LINKS: Record<StepKey, { to: string; search?: object }> = {
  source: { to: "/data/sources", search: { add: true } },
  event: { to: "/data/live" },
  import: { to: "/data/imports/new" },
  profile: { to: "/customers/profiles" },
  invite: { to: "/settings/members", search: { invite: true } },
};

function StepHead({ step, done }: { step: StepKey; done: boolean }): ReactNode {
  const words = useWords(homeWords).start;
  const { to, search } = LINKS[step];
  return (
    <>
      <Group gap="xs">
        <Anchor component={Link} to={to as "/"} search={search as never} className={classes.name}>
          {words[step]}
        </Anchor>
        {done && (
          <Text span size="xs" c="dimmed">
            {words.done}
          </Text>
        )}
      </Group>
      {!done && (
        <Text size="sm" c="dimmed">
          {words[`${step}Hint`]}
        </Text>
      )}
    </>
  );
}

function FirstEvent({ sources }: { sources: Source[] }): ReactNode {
  const words = useWords(homeWords).start;
  const [chosen, setChosen] = useState<string | null>(null);
  const source = sources.find((one) => String(one.id) === chosen) ?? sources[0];
  if (!source) return null;
  return (
    <Stack gap="sm" mt="sm">
      {sources.length > 1 && (
        <Select
          size="xs"
          w={240}
          aria-label={words.source}
          data={sources.map((one) => ({ value: String(one.id), label: one.name }))}
          value={String(source.id)}
          onChange={setChosen}
        />
      )}
      <Snippets snippets={makeSnippets(source, location.origin)} />
    </Stack>
  );
}
