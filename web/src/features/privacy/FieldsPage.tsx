import { Select, Text } from "@mantine/core";
import {
  infiniteQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { useErrorText } from "@/components/ErrorState";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import type { Field, FieldClass, FieldKind } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { rolesQuery } from "@/lib/queries";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { toastDone, toastError } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { fieldWords } from "./field-words";

const KINDS: FieldKind[] = ["trait", "identifier", "property"];
const CLASSES: FieldClass[] = ["open", "contact", "identifier", "free_text", "sensitive"];
/** What shows a class in full; an open field is shown to everybody. */
const PERMISSION_OF: Partial<Record<FieldClass, string>> = {
  contact: "contact.read",
  identifier: "contact.read",
  free_text: "sensitive.read",
  sensitive: "sensitive.read",
};
const FIELDS_KEY = ["privacy", "fields"];

interface FieldFilter {
  search?: string;
  kind?: FieldKind;
  field_class?: FieldClass;
}

const fieldsQuery = (filter: FieldFilter) =>
  infiniteQueryOptions({
    queryKey: [...FIELDS_KEY, filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/privacy/fields", {
          params: { query: compact({ ...filter, cursor: pageParam ?? undefined, limit: 100 }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export function FieldsPage(): ReactNode {
  return (
    <Permitted permission="privacy.read">
      <Fields />
    </Permitted>
  );
}

function Fields(): ReactNode {
  const words = useWords(fieldWords);
  const format = useFormat();
  const { q, kind, class: fieldClass } = useSearch({ from: "/shell/settings/privacy/fields" });
  const query = useInfiniteQuery(
    fieldsQuery(
      compact({ search: q, kind: kind as FieldKind, field_class: fieldClass as FieldClass }),
    ),
  );
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total;
  const columns = useFieldColumns();
  const mayManage = useMayDo()("privacy.manage");
  return (
    <Page
      title={words.title}
      state={total != null && (mayManage ? words.state : words.stateRead)(format.number(total))}
    >
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <DataTable
            name="fields"
            label={words.title}
            columns={columns}
            rows={rows}
            rowKey={(field) => `${field.kind} ${field.name}`}
            total={total}
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
            loadingMore={query.isFetchingNextPage}
            filters={<FieldFilters />}
            empty={<EmptyState title={words.empty} hint={words.emptyHint} />}
          />
        )}
      </Loaded>
    </Page>
  );
}

function FieldFilters(): ReactNode {
  const words = useWords(fieldWords);
  const { q, kind, class: fieldClass } = useSearch({ from: "/shell/settings/privacy/fields" });
  const navigate = useNavigate({ from: "/settings/privacy/fields" });
  const filter = (change: { q?: string; kind?: string; class?: string }) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  return (
    <FilterBar
      onClear={
        q || kind || fieldClass
          ? () => filter({ q: undefined, kind: undefined, class: undefined })
          : undefined
      }
    >
      <SearchField
        label={words.search}
        value={q ?? ""}
        width={220}
        onChange={(next) => filter({ q: next || undefined })}
      />
      <FilterSelect
        label={words.kind}
        value={kind}
        options={KINDS.map((one) => ({ value: one, label: words.kinds[one] }))}
        onChange={(next) => filter({ kind: next })}
      />
      <FilterSelect
        label={words.class}
        value={fieldClass}
        options={CLASSES.map((one) => ({ value: one, label: words.classes[one] }))}
        onChange={(next) => filter({ class: next })}
      />
    </FilterBar>
  );
}

function useFieldColumns(): Column<Field>[] {
  const words = useWords(fieldWords);
  const format = useFormat();
  const mayManage = useMayDo()("privacy.manage");
  const whoSees = useWhoSees();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 215,
        cell: (field) => (
          <Text span size="sm" fw={500} title={field.name}>
            {field.name}
          </Text>
        ),
      },
      { id: "kind", header: words.kind, width: 135, cell: (field) => words.kinds[field.kind] },
      {
        id: "class",
        header: words.class,
        width: 160,
        cell: (field) => (mayManage ? <ClassSelect field={field} /> : words.classes[field.class]),
      },
      {
        id: "who",
        header: words.who,
        width: 275,
        cell: (field) => (
          <Text span size="sm" c="dimmed" title={whoSees(field.class)}>
            {whoSees(field.class)}
          </Text>
        ),
      },
      {
        id: "seen",
        header: words.seenIn,
        width: 220,
        cell: (field) => (
          <span title={field.seen_in.join(", ")}>{format.list(field.seen_in) || "–"}</span>
        ),
      },
      {
        id: "by",
        header: words.by,
        width: 130,
        cell: (field) => field.changed_by ?? words.byName,
      },
    ],
    [words, format, mayManage, whoSees],
  );
}

/** The roles that a class is shown to in full, by name. */
function useWhoSees(): (fieldClass: FieldClass) => string {
  const words = useWords(fieldWords);
  const names = useNames();
  const format = useFormat();
  const roles = useQuery(rolesQuery).data;
  return useCallback(
    (fieldClass) => {
      const permission = PERMISSION_OF[fieldClass];
      if (!permission) return words.everybody;
      const seeing = roles?.filter((one) => one.permissions.includes(permission)) ?? [];
      return format.list(seeing.map(({ role }) => names.role(role)));
    },
    [words, names, format, roles],
  );
}

function ClassSelect({ field }: { field: Field }): ReactNode {
  const words = useWords(fieldWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (next: FieldClass) =>
      unwrap(
        client.PUT("/api/privacy/fields", {
          // What the name says anyway is no decision: it follows the name from here on.
          body: { kind: field.kind, name: field.name, class: next === field.default ? null : next },
        }),
      ),
    onSuccess: async () => {
      toastDone(words.saved(field.name));
      // Every page may show the field otherwise now.
      await queries.invalidateQueries();
    },
    onError: (error) => toastError(errorText(error)),
  });
  return (
    <Select
      size="xs"
      aria-label={words.classOf(field.name)}
      title={words.default(words.classes[field.default])}
      data={CLASSES.map((one) => ({ value: one, label: words.classes[one] }))}
      value={field.class}
      allowDeselect={false}
      disabled={change.isPending}
      onChange={(next) => next && change.mutate(next as FieldClass)}
    />
  );
}
