import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { Card } from "@/components/Card";
import { Figure } from "@/components/Figure";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import type { Answered, Purpose } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { purposesQuery } from "@/lib/queries";
import { useMayDo, useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { AnswersChart } from "./AnswersChart";
import { foldWithheld, totalAnswers, type WithheldDays } from "./consent-figures";
import { consentWords } from "./consent-words";
import { PurposeDrawer } from "./PurposeDrawer";
import { PurposeTable } from "./PurposeTable";
import { answeredQuery, withheldQuery } from "./privacy-queries";
import { WithheldChart } from "./WithheldChart";

const DAYS = 30;

export function ConsentPage(): ReactNode {
  const words = useWords(consentWords).page;
  const mayDo = useMayDo();
  const navigate = useNavigate({ from: "/customers/consent" });
  const add = (
    <Button
      leftSection={<IconPlus size={16} />}
      onClick={() => void navigate({ search: { add: true } })}
    >
      {words.add}
    </Button>
  );
  return (
    <Page
      title={words.title}
      state={mayDo("privacy.read") && <ConsentState />}
      action={mayDo("privacy.manage") && add}
    >
      <Permitted permission="privacy.read">
        <ConsentView />
      </Permitted>
    </Page>
  );
}

/** Twice the days that are shown: the figure compares with as many before. */
function useWithheld() {
  const { workspace } = useMe();
  const query = useQuery(withheldQuery(DAYS * 2));
  const { data } = query;
  const folded = useMemo(
    () => data && foldWithheld(data.items, DAYS, workspace.time_zone, new Date()),
    [data, workspace.time_zone],
  );
  return { ...query, data: folded };
}

function ConsentState(): ReactNode {
  const words = useWords(consentWords).page;
  const format = useFormat();
  const purposes = useQuery(purposesQuery).data?.items;
  const answered = useQuery(answeredQuery).data?.items;
  const withheld = useWithheld().data;
  if (!purposes || !answered || !withheld) return null;
  return words.state(
    format.number(purposes.filter((one) => !one.archived).length),
    format.number(totalAnswers(answered).answers),
    format.number(withheld.total),
  );
}

function ConsentView(): ReactNode {
  const purposes = useQuery(purposesQuery);
  const answered = useQuery(answeredQuery);
  const withheld = useWithheld();
  return (
    <Stack gap="lg">
      <Loaded query={answered} skeleton={<Skeleton height={118} />}>
        {({ items }) => (
          <ConsentFigures
            answered={items}
            purposes={purposes.data?.items ?? []}
            withheld={withheld.data}
          />
        )}
      </Loaded>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Loaded query={answered} skeleton={<Skeleton height={340} />}>
          {({ items }) => <AnswersChart answered={items} purposes={purposes.data?.items ?? []} />}
        </Loaded>
        <Loaded
          query={{ ...withheld, refetch: withheld.refetch as never }}
          skeleton={<Skeleton height={340} />}
        >
          {(days) => <WithheldChart withheld={days} />}
        </Loaded>
      </SimpleGrid>
      <Loaded query={purposes}>
        {({ items }) => (
          <>
            <PurposeTable purposes={items} />
            <PurposeDrawer purposes={items} answered={answered.data?.items ?? []} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

interface FiguresProps {
  answered: Answered[];
  purposes: Purpose[];
  withheld: WithheldDays | undefined;
}

function ConsentFigures({ answered, purposes, withheld }: FiguresProps): ReactNode {
  const words = useWords(consentWords).page;
  const format = useFormat();
  const { answers, share } = totalAnswers(answered);
  return (
    <Card>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="lg">
        <Figure
          label={words.agreed}
          definition={words.agreedDefinition}
          value={share}
          text={share === null ? undefined : format.percent(share)}
          period={words.now}
          n={answers}
        />
        <Figure
          label={words.answers}
          definition={words.answersDefinition}
          value={answers}
          period={words.now}
        />
        <Figure
          label={words.withheld}
          definition={words.withheldDefinition}
          value={withheld?.total ?? null}
          period={words.days30}
          comparison={
            withheld?.change == null ? undefined : { share: withheld.change, period: words.before }
          }
        />
        <Figure
          label={words.purposes}
          definition={words.purposesDefinition}
          value={purposes.filter((one) => !one.archived).length}
          period={words.now}
        />
      </SimpleGrid>
    </Card>
  );
}
