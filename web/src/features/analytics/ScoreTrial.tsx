import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { AnswerView } from "@/components/answer/AnswerView";
import { useWorkspaceValues } from "@/components/answer/answer-values";
import { useErrorText } from "@/components/ErrorState";
import { PersonName } from "@/components/PersonName";
import type { Score, ScorePreview } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useMayDo, useMe } from "@/lib/session";
import { useLanguage, useWords } from "@/lib/words";
import { ScoreQuality } from "./ScoreQuality";
import type { ScoreSettings } from "./ScoreView";
import { asSpread } from "./score-rules";
import { scoreWords } from "./score-words";
import classes from "./scores.module.css";

interface ScoreTrialProps {
  score: Score;
  settings: ScoreSettings;
  disabled: boolean;
  /** Why it cannot be tried, for the fields that are to blame; null once it was. */
  onError: (error: Error | null) => void;
}

/** What a score would be with these settings: tried, and nothing written. */
export function ScoreTrial({ score, settings, disabled, onError }: ScoreTrialProps): ReactNode {
  const words = useWords(scoreWords);
  const errorText = useErrorText();
  const trial = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/analytics/scores/{key}/preview", {
          params: { path: { key: score.key } },
          body: settings,
        }),
      ),
    onSettled: (_, error) => onError(error),
  });
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Button
          variant="light"
          leftSection={<IconFlask size={16} aria-hidden />}
          disabled={disabled}
          loading={trial.isPending}
          onClick={() => trial.mutate()}
        >
          {words.preview}
        </Button>
        <Text size="xs" c="dimmed" role="status">
          {trial.isPending ? words.previewing : words.previewHint}
        </Text>
      </Group>
      {trial.error && <Alert color="red">{errorText(trial.error)}</Alert>}
      {trial.data && <Outcome score={score} preview={trial.data} />}
    </Stack>
  );
}

const SPREAD_PX = 300;

function Outcome({ score, preview }: { score: Score; preview: ScorePreview }): ReactNode {
  const words = useWords(scoreWords);
  const format = useFormat();
  const { workspace } = useMe();
  const values = useWorkspaceValues();
  const sayValue = useSayValue(score);
  const spread = useMemo(
    () =>
      asSpread(score, preview, { value: words.value, people: words.people }, sayValue, {
        currency: workspace.currency,
        zone: workspace.time_zone,
        week_start: workspace.week_start,
      }),
    [score, preview, words, sayValue, workspace],
  );
  const ends = [
    [words.least, preview.least],
    [words.median, preview.median],
    [words.most, preview.most],
  ] as const;
  return (
    <Stack gap="md" className={classes.outcome}>
      <Text size="sm" fw={600} role="status">
        {words.found(format.number(preview.found))}
      </Text>
      {preview.median != null && (
        <dl className={classes.areas}>
          {ends.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{sayValue(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {spread.rows.length > 0 && <AnswerView answer={spread} height={SPREAD_PX} brief />}
      <ScoreQuality score={score} quality={preview.quality} />
      {preview.sample.length > 0 && (
        <div>
          <Text size="sm" fw={600} mb={4}>
            {words.sample}
          </Text>
          <ul className={classes.sample}>
            {preview.sample.map((person) => (
              <li key={person.id}>
                <a href={`/customers/profiles/${person.id}`}>
                  <PersonName person={person} />
                </a>
                <span>{sayValue(person.value)}</span>
                <Reasons score={score} id={person.id} name={person.name ?? person.id} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {preview.found === 0 && preview.sample.length === 0 && (
        <Text size="sm" c="dimmed">
          {values.say("people", 0)}
        </Text>
      )}
    </Stack>
  );
}

/** A value of a score in the reader's words. */
function useSayValue(score: Score): (value: unknown) => string {
  const values = useWorkspaceValues();
  const format = useFormat();
  const { language } = useLanguage();
  return useMemo(
    () => (value) => {
      if (value == null) return "–";
      if (score.kind === "time") return format.date(String(value));
      if (score.kind === "label") return score.words[String(value)]?.[language] ?? String(value);
      return values.say(score.kind, value);
    },
    [score, values, format, language],
  );
}

/** Which way it changes the risk; twice where it changes it much. */
function ReasonSign({ change }: { change: number }): ReactNode {
  const sign = change > 0 ? "＋" : "−";
  return <span aria-hidden>{sign.repeat(Math.abs(change) >= STRONG ? 2 : 1)}</span>;
}

/** Log odds from which on a reason is a strong one: the odds are doubled, or halved. */
const STRONG = Math.log(2);

/** Why a customer's risk is what it is; only a model that was trained can say. */
function Reasons({ score, id, name }: { score: Score; id: string; name: string }): ReactNode {
  const words = useWords(scoreWords);
  const errorText = useErrorText();
  const { language } = useLanguage();
  const values = useWorkspaceValues();
  const maySee = useMayDo()("profiles.read");
  const [asked, setAsked] = useState(false);
  const { data, error, isFetching } = useQuery({
    queryKey: ["analytics", "scores", score.key, "why", id],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/analytics/scores/{key}/people/{id}", {
          params: { path: { key: score.key, id } },
          signal,
        }),
      ),
    enabled: asked,
    retry: false,
  });
  if (score.key !== "churn_risk" || !score.ran_at || !maySee) return null;
  if (!data)
    return (
      <>
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={words.why(name)}
          loading={isFetching}
          onClick={() => setAsked(true)}
        >
          {words.reasons}
        </Button>
        {error && (
          <Text size="xs" c="red">
            {errorText(error)}
          </Text>
        )}
      </>
    );
  return (
    <div className={classes.reasons}>
      <Text size="xs">
        {words.risk(values.say("share", data.risk), values.say("share", data.usual))}
      </Text>
      <ul>
        {data.reasons.map((reason) => (
          <li key={reason.feature} data-more={reason.change > 0 || undefined}>
            <ReasonSign change={reason.change} />
            <span>
              {reason.text[language]}{" "}
              <Text span size="xs" c="dimmed">
                {reason.change > 0 ? words.more : words.less}
              </Text>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
