import { Badge, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { Score } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { scoresQuery } from "@/lib/queries";
import { useLanguage, useWords } from "@/lib/words";
import { ScoreView } from "./ScoreView";
import { scoreWords } from "./score-words";

export function ScoresPage(): ReactNode {
  return (
    <Permitted permission="reports.read">
      <Scores />
    </Permitted>
  );
}

const POLL_MS = 5_000;

function Scores(): ReactNode {
  const words = useWords(scoreWords);
  const format = useFormat();
  const { language } = useLanguage();
  const { score: opened } = useSearch({ from: "/shell/insight/scores" });
  const navigate = useNavigate({ from: "/insight/scores" });
  const query = useQuery({ ...scoresQuery, refetchInterval: POLL_MS });
  const columns = useScoreColumns();
  const rows = query.data ?? [];
  const chosen = rows.find((one) => one.key === opened);
  const on = rows.filter((one) => one.enabled).length;
  return (
    <Page
      title={words.title}
      state={rows.length > 0 && words.state(format.number(on), format.number(rows.length))}
    >
      <Loaded query={query}>
        {(scores) => (
          <DataTable
            name="scores"
            label={words.list}
            columns={columns}
            rows={scores}
            rowKey={(score) => score.key}
            href={(score) => `/insight/scores?score=${score.key}`}
            onOpen={(score) => void navigate({ search: { score: score.key }, resetScroll: false })}
          />
        )}
      </Loaded>
      <SideDrawer
        opened={chosen !== undefined}
        onClose={() => void navigate({ search: {}, resetScroll: false })}
        title={chosen?.title[language] ?? ""}
        size="xl"
      >
        {chosen && <ScoreView key={chosen.key} score={chosen} />}
      </SideDrawer>
    </Page>
  );
}

function useScoreColumns(): Column<Score>[] {
  const words = useWords(scoreWords);
  const format = useFormat();
  const { language } = useLanguage();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 180,
        value: (score) => score.title[language],
        cell: (score) => (
          <Text span size="sm" fw={500}>
            {score.title[language]}
          </Text>
        ),
      },
      {
        id: "what",
        header: words.what,
        width: 410,
        cell: (score) => (
          <Text span size="sm" c="dimmed" truncate title={score.description[language]}>
            {score.description[language]}
          </Text>
        ),
      },
      {
        id: "status",
        header: words.status,
        width: 110,
        cell: (score) => (
          <Group gap={6} component="span" wrap="nowrap">
            <Badge variant="light" color={score.enabled ? "teal" : "gray"}>
              {score.enabled ? words.on : words.off}
            </Badge>
            {score.error && (
              <Text span size="xs" c="red">
                {words.failed}
              </Text>
            )}
          </Group>
        ),
      },
      {
        id: "people",
        header: words.people,
        width: 90,
        align: "end",
        cell: (score) => (score.ran_at ? format.number(score.people) : "–"),
      },
      {
        id: "ran",
        header: words.ran,
        width: 110,
        cell: (score) => (score.ran_at ? <TimeText at={score.ran_at} /> : words.never),
      },
    ],
    [words, format, language],
  );
}
