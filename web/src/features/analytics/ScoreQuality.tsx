import { Anchor, Stack, Text, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useWorkspaceValues } from "@/components/answer/answer-values";
import { Caveats } from "@/components/answer/Caveats";
import type { AnswerCaveat, Question, Score } from "@/lib/api";
import { useWords } from "@/lib/words";
import { metricOf, readAreas } from "./score-rules";
import { scoreWords } from "./score-words";
import classes from "./scores.module.css";

interface ScoreQualityProps {
  score: Score;
  quality: Record<string, unknown>;
}

/** How well a score foretold what came after, with its interval, and what to know about it. */
export function ScoreQuality({ score, quality }: ScoreQualityProps): ReactNode {
  const words = useWords(scoreWords);
  const values = useWorkspaceValues();
  const areas = readAreas(quality);
  const caveats = Array.isArray(quality.caveats) ? (quality.caveats as AnswerCaveat[]) : [];
  const grades: Record<string, string> = words.grades;
  const metric = metricOf(score);
  if (areas.length === 0 && caveats.length === 0) return null;
  return (
    <section aria-label={words.quality}>
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          {words.quality}
        </Text>
        <dl className={classes.areas}>
          {areas.map((area) => (
            <div key={area.what}>
              <dt>
                <Tooltip label={words.aucHint}>
                  <span>{words.auc(words.whats[area.what])}</span>
                </Tooltip>
              </dt>
              <dd>
                <strong>{values.say("share", area.auc)}</strong>
                <Text span size="xs" c="dimmed">
                  {area.low !== null && area.high !== null
                    ? `${values.say("share", area.low)}–${values.say("share", area.high)}`
                    : ""}
                </Text>
                <Text size="sm">{grades[area.grade] ?? ""}</Text>
              </dd>
            </div>
          ))}
        </dl>
        <Caveats caveats={caveats} />
        {metric && score.params && (
          <Anchor
            component={Link}
            size="sm"
            to="/insight/explorer"
            search={{ q: questionOf(metric, score) } as never}
          >
            {words.closer}
          </Anchor>
        )}
      </Stack>
    </section>
  );
}

const DAYS_DEFAULT = 365;

function questionOf(metric: string, score: Score): Question {
  return {
    metric,
    params: score.params ?? {},
    range: { kind: "last", n: score.days ?? DAYS_DEFAULT, unit: "day" },
  };
}
