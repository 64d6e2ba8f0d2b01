import { Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { useErrorText } from "@/components/ErrorState";
import { RowsSkeleton } from "@/components/Loaded";
import { PersonName } from "@/components/PersonName";
import type { TraitPreview } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./SegmentForm.module.css";
import { TraitSpread } from "./TraitSpread";
import type { Figure } from "./trait-draft";
import { traitPreviewQuery } from "./trait-queries";
import { traitWords } from "./trait-words";
import { useTraitValue } from "./use-trait-value";

interface PanelProps {
  figure: Figure;
  sound: boolean | undefined;
}

/** What the figure says of everybody, when somebody asks. */
export function TraitPreviewPanel({ figure, sound }: PanelProps): ReactNode {
  const words = useWords(traitWords).preview;
  const errorText = useErrorText();
  const [looked, setLooked] = useState<Figure>();
  const query = useQuery({ ...traitPreviewQuery(looked ?? figure), enabled: looked !== undefined });
  const stale = looked !== undefined && looked !== figure;
  return (
    <Card title={words.title} hint={words.hint}>
      <Stack gap="sm">
        {looked && query.isPending && <RowsSkeleton rows={4} />}
        {query.error && (
          <Text size="sm" c="red" role="alert">
            {errorText(query.error)}
          </Text>
        )}
        {query.data && looked && (
          <div className={classes.people} data-stale={stale || undefined}>
            <Outcome preview={query.data} figure={looked} />
          </div>
        )}
        {stale && query.data && (
          <Text size="xs" c="dimmed">
            {words.stale}
          </Text>
        )}
        <Button
          variant="default"
          size="sm"
          disabled={sound !== true}
          loading={query.isFetching}
          onClick={() => setLooked(figure)}
        >
          {looked ? words.again : words.look}
        </Button>
      </Stack>
    </Card>
  );
}

function Outcome({ preview, figure }: { preview: TraitPreview; figure: Figure }): ReactNode {
  const words = useWords(traitWords).preview;
  const format = useFormat();
  const say = useTraitValue(figure.kind);
  if (preview.found === 0) return <Text size="sm">{words.nobody}</Text>;
  const without = preview.people - preview.found;
  return (
    <Stack gap="sm">
      <div>
        <Text size="sm">
          {words.found(
            format.number(preview.found),
            format.percent(preview.found / preview.people),
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {words.without(format.number(without), format.percent(without / preview.people))}
        </Text>
      </div>
      <TraitSpread preview={preview} figure={figure} />
      {preview.sample.length > 0 && (
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
              <Text span size="sm" maw={150} truncate title={say(person.value)}>
                {say(person.value)}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}
