import { Alert, Button, Group, Skeleton, Text } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useRef, useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { useErrorText } from "@/components/ErrorState";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { SchemaPanel } from "./SchemaPanel";
import type { EditorHandle } from "./SqlEditor";
import classes from "./SqlPage.module.css";
import { SqlResultView } from "./SqlResultView";
import { sqlWords } from "./sql-words";

const SqlEditor = lazy(() =>
  import("./SqlEditor").then((module) => ({ default: module.SqlEditor })),
);

const ROWS_MAX = 10_000;
const EXAMPLE = `select name, count(*) as events, count(distinct profile_id) as people
from events
where time > now() - interval 7 day
group by name
order by events desc
limit 20`;

export function SqlPage(): ReactNode {
  const words = useWords(sqlWords);
  return (
    <Page title={words.title} state={words.state}>
      <Permitted permission="sql.run">
        <SqlWorkbench />
      </Permitted>
    </Page>
  );
}

function SqlWorkbench(): ReactNode {
  const words = useWords(sqlWords);
  const errorText = useErrorText();
  const { q } = useSearch({ from: "/shell/insight/sql" });
  const navigate = useNavigate({ from: "/insight/sql" });
  const [text, setText] = useState(q ?? EXAMPLE);
  const editor = useRef<EditorHandle>(null);
  const { run, cancel } = useSqlRun();
  const schema = useQuery({
    queryKey: ["analytics", "schema"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/analytics/sql/schema", { signal })),
    staleTime: 10 * 60_000,
  });
  const start = () => {
    const sql = editor.current?.text() ?? text;
    if (!sql.trim() || run.isPending) return;
    void navigate({ search: compact({ q: sql }), replace: true });
    run.mutate(sql);
  };
  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <Suspense fallback={<Skeleton height={200} />}>
          <SqlEditor
            ref={editor}
            label={words.editor}
            value={text}
            tables={schema.data ?? []}
            onChange={setText}
            onRun={start}
          />
        </Suspense>
        <Group my="sm" gap="xs">
          <Button
            leftSection={<IconPlayerPlay size={16} />}
            onClick={start}
            loading={run.isPending}
          >
            {words.run}
          </Button>
          {run.isPending && (
            <>
              <Button variant="default" leftSection={<IconPlayerStop size={16} />} onClick={cancel}>
                {words.cancel}
              </Button>
              <Text size="sm" c="dimmed" role="status">
                {words.running}
              </Text>
            </>
          )}
        </Group>
        {run.error && (
          <Alert color="red" role="alert" className={classes.error}>
            {run.error.name === "AbortError" ? words.cancelled : errorText(run.error)}
          </Alert>
        )}
        {run.data ? (
          <SqlResultView result={run.data} />
        ) : (
          !run.error &&
          !run.isPending && <EmptyState title={words.emptyTitle} hint={words.emptyHint} />
        )}
      </div>
      <SchemaPanel tables={schema.data} onInsert={(name) => editor.current?.insert(name)} />
    </div>
  );
}

/** The query has a name of ours from the start, so that it can be stopped before it has answered. */
function useSqlRun() {
  const current = useRef<{ id: string; abort: AbortController }>(null);
  const run = useMutation({
    mutationFn: (sql: string) => {
      const id = crypto.randomUUID?.() ?? `q${Date.now()}`;
      current.current = { id, abort: new AbortController() };
      return unwrap(
        client.POST("/api/analytics/sql", {
          body: { sql, limit: ROWS_MAX, query_id: id },
          signal: current.current.abort.signal,
        }),
      );
    },
  });
  const cancel = () => {
    if (!current.current) return;
    const { id, abort } = current.current;
    client
      .DELETE("/api/analytics/sql/{query_id}", { params: { path: { query_id: id } } })
      .catch(() => undefined);
    abort.abort();
  };
  return { run, cancel };
}
