import { Button, Container, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { AnswerView } from "@/components/answer/AnswerView";
import { SpanLine } from "@/components/answer/SpanLine";
import { EmptyState } from "@/components/EmptyState";
import { useErrorText } from "@/components/ErrorState";
import { Mark } from "@/components/Mark";
import type { SharedTile, SharedView } from "@/lib/api";
import { ApiProblem, client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import classes from "./dashboard.module.css";
import { lookOf } from "./default-looks";
import { Markdown } from "./Markdown";
import { sharingWords } from "./sharing-words";
import { drawingHeight, heightOf } from "./TileView";

/** Of a report, which has the page for itself. */
const TALL_PX = 380;
const AROUND_PX = 150;

/** What a link opens, for whoever has it: figures, and nobody's name. */
export function SharedPage(): ReactNode {
  const words = useWords(sharingWords).shared;
  const { token } = useParams({ from: "/shared/$token" });
  const { href } = useLocation();
  const query = useQuery({
    queryKey: ["shared", token],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/analytics/shared/{token}", { params: { path: { token } }, signal })),
    retry: false,
  });
  const { data, error } = query;
  if (error) {
    const signIn = error instanceof ApiProblem && error.status === 401;
    return (
      <Container size="sm" py={80}>
        <EmptyState
          title={signIn ? words.members : words.gone}
          hint={signIn ? words.membersHint : words.goneHint}
          action={
            signIn && (
              <Button component={Link} to="/sign-in" search={{ to: href } as never} mt="xs">
                {words.signIn}
              </Button>
            )
          }
        />
      </Container>
    );
  }
  if (!data)
    return (
      <Container size="xl" py="xl" role="status" aria-label="…">
        <Skeleton height={30} width={260} mb="md" />
        <Skeleton height={360} />
      </Container>
    );
  return <Shared view={data} token={token} />;
}

function Shared({ view, token }: { view: SharedView; token: string }): ReactNode {
  const words = useWords(sharingWords).shared;
  const format = useFormat();
  const { language } = useLanguage();
  const title = view.title[language];
  useEffect(() => {
    document.title = `${title} · Kizuna`;
  }, [title]);
  return (
    <Container size="xl" py="lg" component="main">
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <Stack gap={2}>
          <Title order={1}>{title}</Title>
          <Text size="sm" c="dimmed">
            {words.from(view.workspace)}
            {view.expires_at && ` · ${words.until(format.date(view.expires_at))}`}
          </Text>
          {view.description[language] && <Text size="sm">{view.description[language]}</Text>}
        </Stack>
        <Mark size={28} />
      </Group>
      <div className={classes.grid}>
        {view.tiles.map((tile) => (
          <section
            key={tile.number}
            className={classes.tile}
            data-plain={tile.text !== null || undefined}
            style={
              {
                "--k-width": view.kind === "report" ? 12 : tile.width,
                "--k-height": view.kind === "report" ? Math.max(6, tile.height) : tile.height,
              } as never
            }
          >
            <SharedTileView tile={tile} token={token} tall={view.kind === "report"} />
          </section>
        ))}
      </div>
    </Container>
  );
}

interface SharedTileViewProps {
  tile: SharedTile;
  token: string;
  tall: boolean;
}

function SharedTileView({ tile, token, tall }: SharedTileViewProps): ReactNode {
  const { language } = useLanguage();
  const errorText = useErrorText();
  const { number } = tile;
  const query = useQuery({
    queryKey: ["shared", token, "answer", number],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/analytics/shared/{token}/answers/{number}", {
          params: { path: { token, number } },
          signal,
        }),
      ),
    enabled: tile.text === null && tile.missing === null,
    staleTime: 600_000,
    retry: false,
  });
  const height = heightOf(tall ? Math.max(6, tile.height) : tile.height);
  const title = tile.title?.[language] ?? query.data?.title[language];
  if (tile.text !== null)
    return (
      <div className={classes.text}>
        {title && <h2 className={classes.title}>{title}</h2>}
        <Markdown text={tile.text[language]} />
      </div>
    );
  const why = tile.missing?.[language] ?? (query.error && errorText(query.error));
  return (
    <div className={classes.inner}>
      <div>
        {!tall && <h2 className={classes.title}>{title ?? "…"}</h2>}
        {query.data && <SpanLine answer={query.data} />}
      </div>
      {why && (
        <Text size="sm" c="dimmed">
          {why}
        </Text>
      )}
      {query.data && (
        <AnswerView
          answer={query.data}
          look={lookOf(query.data.metric, tile.view)}
          height={tall ? TALL_PX : drawingHeight(query.data, height, [], true)}
          brief={!tall}
        />
      )}
      {query.isPending && !why && <Skeleton height={height - AROUND_PX} />}
    </div>
  );
}
