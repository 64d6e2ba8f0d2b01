import { ActionIcon, Badge, Button, Text, Tooltip } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { JsonValue, Profile, Trait } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { sourcesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { useTraitWords } from "@/lib/trait-values";
import { useWords } from "@/lib/words";
import { profileWords } from "./profile-words";
import { Revealable } from "./reveal";
import { TraitForm } from "./TraitForm";

export function TraitsTab({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(profileWords).traits;
  const mayEdit = useMayDo()("profiles.edit");
  const [editing, setEditing] = useState<Trait | "new" | null>(null);
  const columns = useTraitColumns(mayEdit, setEditing);
  const add = mayEdit && (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconPlus size={14} />}
      onClick={() => setEditing("new")}
    >
      {words.add}
    </Button>
  );
  return (
    <div style={{ maxWidth: 960 }}>
      <DataTable
        name="traits"
        label={words.name}
        columns={columns}
        rows={profile.traits}
        rowKey={(trait) => trait.name}
        offset={420}
        actions={add}
        filters={
          <Text size="sm" c="dimmed">
            {words.latest}
          </Text>
        }
        empty={<EmptyState title={words.empty} hint={words.emptyHint} />}
      />
      <SideDrawer
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing === "new" || editing === null ? words.add : words.edit(editing.name)}
        size="md"
      >
        {editing && (
          <TraitForm
            profileId={profile.id}
            trait={editing === "new" ? null : editing}
            onDone={() => setEditing(null)}
          />
        )}
      </SideDrawer>
    </div>
  );
}

/** What the server calls the source of what Kizuna works out itself. */
const COMPUTED = "computed";

function Definition({ name }: { name: string }): ReactNode {
  const words = useWords(profileWords).traits;
  const maySee = useMayDo()("segments.read");
  const shown = (
    <Badge size="xs" variant="light" color="gray" ml={6}>
      {words.computed}
    </Badge>
  );
  if (!maySee) return shown;
  return (
    <Link to="/customers/traits" search={{ q: name }} title={words.definition(name)}>
      {shown}
    </Link>
  );
}

function useTraitColumns(mayEdit: boolean, onEdit: (trait: Trait) => void): Column<Trait>[] {
  const words = useWords(profileWords).traits;
  const common = useWords(commonWords);
  const seesSources = useMayDo()("collect.read");
  const sources = useQuery({ ...sourcesQuery, enabled: seesSources });
  const named = useTraitWords();
  return useMemo(() => {
    const sourceName = (source: Trait["source"]) =>
      source === null
        ? words.byHand
        : typeof source === "string"
          ? source === COMPUTED
            ? words.computed
            : source
          : (sources.data?.items.find((one) => one.id === source)?.name ?? "");
    const showTrait = (trait: Trait, value: JsonValue) =>
      // What Kizuna worked out itself may be a key, and is shown by its name.
      (trait.source === COMPUTED && named.get(trait.name)?.get(String(value))) || showValue(value);
    const showValue = (value: JsonValue) =>
      typeof value === "boolean"
        ? value
          ? common.yes
          : common.no
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value);
    return [
      {
        id: "name",
        header: words.name,
        width: 180,
        value: (trait) => trait.name,
        cell: (trait) => (
          <>
            <Text span size="sm" fw={500}>
              {trait.name}
            </Text>
            {trait.source === COMPUTED && <Definition name={trait.name} />}
          </>
        ),
      },
      {
        id: "value",
        header: words.value,
        width: 280,
        cell: (trait) => (
          <Revealable
            field={`traits.${trait.name}`}
            label={trait.name}
            masked={trait.masked}
            show={(value = trait.value) => (
              <span title={showValue(value)}>{showTrait(trait, value)}</span>
            )}
          />
        ),
      },
      { id: "type", header: words.type, width: 90, hidden: true, cell: (trait) => trait.type },
      ...(seesSources
        ? [
            {
              id: "source",
              header: words.source,
              width: 160,
              cell: (trait: Trait) => sourceName(trait.source),
            },
          ]
        : []),
      {
        id: "at",
        header: words.at,
        width: 120,
        value: (trait) => trait.at,
        cell: (trait) => <TimeText at={trait.at} />,
      },
      {
        id: "edit",
        header: "",
        width: 56,
        align: "end",
        cell: (trait) =>
          // What was computed would soon be computed again.
          mayEdit && trait.source !== COMPUTED ? (
            <Tooltip label={words.edit(trait.name)}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={words.edit(trait.name)}
                onClick={() => onEdit(trait)}
              >
                <IconPencil size={15} />
              </ActionIcon>
            </Tooltip>
          ) : null,
      },
    ];
  }, [words, common, seesSources, sources.data, named, mayEdit, onEdit]);
}
