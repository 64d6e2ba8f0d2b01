import { Button, Divider, Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { ConditionEstimate } from "@/components/conditions/ConditionEstimate";
import type { Condition } from "@/components/conditions/condition";
import { useErrorText } from "@/components/ErrorState";
import { RowsSkeleton } from "@/components/Loaded";
import { PersonName } from "@/components/PersonName";
import { TimeText } from "@/components/TimeText";
import type { ConditionPreview } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { formWords } from "./form-words";
import classes from "./SegmentForm.module.css";
import { previewQuery } from "./segment-queries";

interface PreviewPanelProps {
  condition: Condition;
  sound: boolean | undefined;
  sentence: string | undefined;
}

/** How many a condition means while it is written; whom, when somebody asks. */
export function PreviewPanel({ condition, sound, sentence }: PreviewPanelProps): ReactNode {
  const words = useWords(formWords);
  const errorText = useErrorText();
  const maySee = useMayDo()("profiles.read");
  const [looked, setLooked] = useState<Condition>();
  const query = useQuery({
    ...previewQuery(looked ?? condition),
    enabled: looked !== undefined && maySee,
  });
  const stale = looked !== undefined && looked !== condition;
  return (
    <Card title={words.preview.title} hint={words.preview.hint}>
      <Stack gap="sm">
        <ConditionEstimate condition={condition} sound={sound} />
        {sentence && (
          <div>
            <Text size="xs" c="dimmed">
              {words.sentence}
            </Text>
            <Text size="sm" className={classes.sentence}>
              {sentence}
            </Text>
          </div>
        )}
        {maySee && (
          <>
            <Divider />
            {looked && query.isPending && <RowsSkeleton rows={4} />}
            {query.error && (
              <Text size="sm" c="red">
                {errorText(query.error)}
              </Text>
            )}
            {query.data && (
              <div className={classes.people} data-stale={stale || undefined}>
                <People preview={query.data} />
              </div>
            )}
            {stale && query.data && (
              <Text size="xs" c="dimmed">
                {words.preview.stale}
              </Text>
            )}
            <Button
              variant="default"
              size="sm"
              disabled={sound !== true}
              loading={query.isFetching}
              onClick={() => setLooked(condition)}
            >
              {looked ? words.preview.again : words.preview.look}
            </Button>
          </>
        )}
      </Stack>
    </Card>
  );
}

function People({ preview }: { preview: ConditionPreview }): ReactNode {
  const words = useWords(formWords).preview;
  const format = useFormat();
  if (preview.size === 0) return <Text size="sm">{words.nobody}</Text>;
  return (
    <Stack gap="sm">
      <Text size="sm">{words.people(format.number(preview.size))}</Text>
      <ul className={classes.sample}>
        {preview.sample.map((person) => (
          <li key={person.id}>
            <Link
              to="/customers/profiles/$profileId"
              params={{ profileId: person.id }}
              target="_blank"
            >
              <PersonName person={person} />
            </Link>
            <Text span size="xs" c="dimmed">
              {words.lastSeen} <TimeText at={person.last_seen} />
            </Text>
          </li>
        ))}
      </ul>
      {preview.overlap.length > 0 && <Overlap preview={preview} />}
    </Stack>
  );
}

function Overlap({ preview }: { preview: ConditionPreview }): ReactNode {
  const words = useWords(formWords).preview;
  const format = useFormat();
  return (
    <div>
      <Text size="sm" c="dimmed" mb={4}>
        {words.overlap}
      </Text>
      <ul className={classes.overlap}>
        {preview.overlap.slice(0, 5).map((one) => (
          <li key={one.id}>
            <Text size="sm" truncate title={one.name}>
              {one.name}
            </Text>
            <Text size="xs" c="dimmed">
              {words.both(format.number(one.both), format.percent(one.both / preview.size))}
            </Text>
            <Progress
              value={(one.both / preview.size) * 100}
              size="xs"
              aria-hidden
              className={classes.bar}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
