import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { Masked } from "@/components/Masked";
import { NoPermission } from "@/components/NoPermission";
import { PersonName } from "@/components/PersonName";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { AnsweredPerson, Question } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import type { Cell } from "./answer-read";
import { answerWords } from "./answer-words";
import { peopleQuery } from "./people-queries";

interface PeopleDrawerProps {
  query: Question | undefined;
  /** Nothing is chosen while it is missing. */
  cell: Cell | undefined;
  /** What the number says, in words. */
  title: string;
  onClose: () => void;
}

/** From a number to who is behind it, and from there to a segment. */
export function PeopleDrawer({ query, cell, title, onClose }: PeopleDrawerProps): ReactNode {
  const words = useWords(answerWords).people;
  const mayDo = useMayDo();
  const opened = cell !== undefined && query !== undefined;
  return (
    <SideDrawer opened={opened} onClose={onClose} title={title || words.title} size="xl">
      {opened &&
        (mayDo("profiles.read") ? (
          <People query={query} cell={cell} title={title} />
        ) : (
          <NoPermission permission="profiles.read" />
        ))}
    </SideDrawer>
  );
}

function People({ query, cell, title }: { query: Question; cell: Cell; title: string }): ReactNode {
  const words = useWords(answerWords).people;
  const format = useFormat();
  const navigate = useNavigate();
  const mayMake = useMayDo()("segments.manage");
  const found = useInfiniteQuery(peopleQuery(query, cell));
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const total = found.data?.pages[0]?.total ?? 0;
  const columns = usePeopleColumns();
  return (
    <Loaded query={{ data: found.data, error: found.error, refetch: found.refetch as never }}>
      {() => (
        <Stack gap="md">
          {total > 0 && mayMake && <MakeSegment query={query} cell={cell} suggested={title} />}
          <DataTable
            name="answer-people"
            label={words.list}
            columns={columns}
            rows={rows}
            rowKey={(person) => person.id}
            total={total}
            filters={
              <Text size="sm" c="dimmed" role="status">
                {words.found(format.number(total))}
              </Text>
            }
            href={(person) => `/customers/profiles/${person.id}`}
            onOpen={(person) =>
              void navigate({
                to: "/customers/profiles/$profileId",
                params: { profileId: person.id },
              })
            }
            onEnd={
              found.hasNextPage && !found.isFetching ? () => void found.fetchNextPage() : undefined
            }
            loadingMore={found.isFetchingNextPage}
            offset={240}
            empty={<EmptyState title={words.none} hint={words.noneHint} />}
          />
        </Stack>
      )}
    </Loaded>
  );
}

function usePeopleColumns(): Column<AnsweredPerson>[] {
  const words = useWords(answerWords).people;
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 180,
        cell: (person) => <PersonName person={person} />,
      },
      {
        id: "email",
        header: words.email,
        width: 210,
        cell: (person) =>
          person.email === null ? (
            "–"
          ) : person.masked.includes("email") ? (
            <Masked>{person.email}</Masked>
          ) : (
            person.email
          ),
      },
      {
        id: "last_seen",
        header: words.lastSeen,
        width: 110,
        cell: (person) => <TimeText at={person.last_seen} />,
      },
    ],
    [words],
  );
}

const NAME_CHARS_MAX = 100;

/** Keeps these people as a list; the name is what the number said. */
function MakeSegment({
  query,
  cell,
  suggested,
}: {
  query: Question;
  cell: Cell;
  suggested: string;
}): ReactNode {
  const words = useWords(answerWords).people;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [name, setName] = useState<string | null>(null);
  const make = useMutation({
    mutationFn: (given: string) =>
      unwrap(
        client.POST("/api/analytics/people/segment", { body: { query, cell, name: given.trim() } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["segments"] }),
  });
  if (make.data)
    return (
      <Alert color="teal" role="status">
        <Group justify="space-between" gap="xs">
          <Text size="sm">{words.made(make.data.name)}</Text>
          <Button
            component={Link}
            to={`/customers/segments/${make.data.id}`}
            size="compact-sm"
            variant="light"
          >
            {words.look}
          </Button>
        </Group>
      </Alert>
    );
  if (name === null)
    return (
      <Button
        variant="light"
        leftSection={<IconUsersGroup size={16} aria-hidden />}
        style={{ alignSelf: "flex-start" }}
        onClick={() => setName(suggested.slice(0, NAME_CHARS_MAX))}
      >
        {words.make}
      </Button>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) make.mutate(name);
      }}
    >
      <Stack gap="xs">
        <TextInput
          label={words.segmentName}
          description={words.makeHint}
          value={name}
          maxLength={NAME_CHARS_MAX}
          onChange={(event) => setName(event.currentTarget.value)}
          error={make.error ? errorText(make.error) : undefined}
          data-autofocus
          autoFocus
        />
        <Group gap="xs">
          <Button type="submit" loading={make.isPending} disabled={!name.trim()}>
            {words.make}
          </Button>
          <Button variant="default" onClick={() => setName(null)}>
            {common.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
