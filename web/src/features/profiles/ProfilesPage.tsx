import { Badge, Button, Group, Text } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Masked } from "@/components/Masked";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { TimeText } from "@/components/TimeText";
import type { ProfileRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { ExportButton } from "./ExportButton";
import { nameOf } from "./profile-name";
import { profilesQuery } from "./profile-queries";
import { profileWords } from "./profile-words";

const EMPTY_POLL_MS = 3_000;
export function ProfilesPage(): ReactNode {
  return (
    <Permitted permission="profiles.read">
      <Profiles />
    </Permitted>
  );
}

function Profiles(): ReactNode {
  const words = useWords(profileWords).list;
  const format = useFormat();
  const mayDo = useMayDo();
  const mayExport = mayDo("profiles.export");
  const seesContact = mayDo("contact.read");
  const { q, sort = "-last_seen", identified } = useSearch({ from: "/shell/customers/profiles" });
  const navigate = useNavigate({ from: "/customers/profiles" });
  const query = useInfiniteQuery({
    ...profilesQuery(
      compact({
        search: q,
        sort,
        identified: identified === undefined ? undefined : identified === "yes",
      }),
    ),
    placeholderData: keepPreviousData,
    // The first customers come in by themselves; a list that is being read stays as it is.
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.items.length === 0 ? EMPTY_POLL_MS : false,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total;
  const columns = useProfileColumns();
  const filter = (change: { q?: string; sort?: string; identified?: "yes" | "no" }) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  return (
    <Page
      title={words.title}
      state={total != null && !q && words.state(format.number(total))}
      action={
        mayExport &&
        rows.length > 0 && (
          <ExportButton
            search={q ?? ""}
            identified={identified === undefined ? undefined : identified === "yes"}
          />
        )
      }
    >
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <DataTable
            name="profiles"
            label={words.title}
            columns={columns}
            rows={rows}
            rowKey={(profile) => profile.id}
            sort={sort}
            onSortChange={(next) => filter({ sort: next || undefined })}
            total={total}
            href={(profile) => `/customers/profiles/${profile.id}`}
            onOpen={(profile) =>
              void navigate({
                to: "/customers/profiles/$profileId",
                params: { profileId: String(profile.id) },
                search: {},
              })
            }
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
            loadingMore={query.isFetchingNextPage}
            filters={
              <FilterBar
                onClear={
                  q || identified
                    ? () => filter({ q: undefined, identified: undefined })
                    : undefined
                }
              >
                <SearchField
                  label={seesContact ? words.search : words.searchById}
                  value={q ?? ""}
                  width={320}
                  onChange={(next) => filter({ q: next || undefined })}
                />
                <FilterSelect
                  label={words.who}
                  width={190}
                  value={identified}
                  options={[
                    { value: "yes", label: words.known },
                    { value: "no", label: words.anonymous },
                  ]}
                  onChange={(next) => filter({ identified: next as "yes" | "no" | undefined })}
                />
              </FilterBar>
            }
            empty={<NobodyFound search={q} filtered={identified !== undefined} />}
          />
        )}
      </Loaded>
    </Page>
  );
}

function NobodyFound({
  search,
  filtered,
}: {
  search: string | undefined;
  filtered: boolean;
}): ReactNode {
  const words = useWords(profileWords).list;
  if (search || filtered)
    return <EmptyState title={words.noMatch(search ?? "")} hint={words.noMatchHint} />;
  return (
    <EmptyState
      title={words.emptyTitle}
      hint={words.emptyHint}
      action={
        <Button component={Link} to="/data/sources" mt="xs">
          {words.emptyAction}
        </Button>
      }
    />
  );
}

function useProfileColumns(): Column<ProfileRow>[] {
  const words = useWords(profileWords).list;
  const seesContact = useMayDo()("contact.read");
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 210,
        sortable: seesContact,
        cell: (profile) => <NameCell profile={profile} />,
      },
      {
        id: "name_kana",
        header: words.kana,
        width: 150,
        hidden: true,
        cell: (profile) => showField(profile, "name_kana"),
      },
      {
        id: "email",
        header: words.email,
        width: 220,
        cell: (profile) => showField(profile, "email"),
      },
      {
        id: "phone",
        header: words.phone,
        width: 140,
        cell: (profile) => showField(profile, "phone"),
      },
      {
        id: "user_id",
        header: words.userId,
        width: 120,
        cell: (profile) => showField(profile, "user_id"),
      },
      {
        id: "identified",
        header: words.identified,
        width: 110,
        hidden: true,
        cell: (profile) => (
          <Badge variant="light" color={profile.identified ? "indigo" : "gray"}>
            {profile.identified ? words.known : words.anonymous}
          </Badge>
        ),
      },
      {
        id: "last_seen",
        header: words.lastSeen,
        width: 110,
        sortable: true,
        cell: (profile) => <TimeText at={profile.last_seen} />,
      },
      {
        id: "first_seen",
        header: words.firstSeen,
        width: 110,
        sortable: true,
        cell: (profile) => <TimeText at={profile.first_seen} />,
      },
    ],
    [words, seesContact],
  );
}

function showField(
  profile: ProfileRow,
  field: "name_kana" | "email" | "phone" | "user_id",
): ReactNode {
  const value = profile[field] ?? "–";
  return profile.masked.includes(field) ? <Masked>{value}</Masked> : value;
}

/** Whether what stands for the person, their name or the best that is known instead, is masked. */
function isNameMasked(profile: ProfileRow): boolean {
  const field = (["name", "email", "phone", "user_id"] as const).find((one) => profile[one]);
  return field !== undefined && profile.masked.includes(field);
}

function NameCell({ profile }: { profile: ProfileRow }): ReactNode {
  const words = useWords(profileWords).list;
  const name = nameOf(profile);
  return (
    <Group gap={6} wrap="nowrap" component="span">
      {name !== null && (isNameMasked(profile) ? <Masked>{name}</Masked> : name)}
      {name === null && (
        <Text span c="dimmed" size="sm" fs="normal">
          {words.anonymousName(String(profile.id).slice(0, 8))}
        </Text>
      )}
    </Group>
  );
}
