import {
  Badge,
  Button,
  Code,
  Group,
  Stack,
  Text,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { InlineEdit } from "@/components/InlineEdit";
import { Loaded } from "@/components/Loaded";
import type { CatalogueDetail, CatalogueProperty } from "@/lib/api";
import { asPathPart, client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import classes from "./CatalogueDetailView.module.css";
import { collectWords } from "./collect-words";

export function CatalogueDetailView({ name }: { name: string }): ReactNode {
  const query = useQuery({
    queryKey: ["collect", "catalogue", name],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/collect/catalogue/{name}", {
          params: { path: { name: asPathPart(name) } },
          signal,
        }),
      ),
  });
  return (
    <Loaded query={query}>
      {(detail) => (
        <Stack gap="lg">
          <Facts detail={detail} />
          <About key={detail.name} detail={detail} />
          <Properties detail={detail} />
        </Stack>
      )}
    </Loaded>
  );
}

function Facts({ detail }: { detail: CatalogueDetail }): ReactNode {
  const words = useWords(collectWords).catalogue;
  const format = useFormat();
  return (
    <Text size="sm" c="dimmed">
      {words.volume} {format.number(detail.volume)} · {words.firstSeen}{" "}
      {format.date(detail.first_seen)} · {words.lastSeen} {format.ago(detail.last_seen)}
    </Text>
  );
}

function About({ detail }: { detail: CatalogueDetail }): ReactNode {
  const words = useWords(collectWords).catalogue;
  const common = useWords(commonWords);
  const mayManage = useMayDo()("collect.manage");
  const queries = useQueryClient();
  const [draft, setDraft] = useState({
    description: detail.description ?? "",
    owner: detail.owner ?? "",
  });
  const changed =
    draft.description !== (detail.description ?? "") || draft.owner !== (detail.owner ?? "");
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        client.PATCH("/api/collect/catalogue/{name}", {
          params: { path: { name: asPathPart(detail.name) } },
          body: draft,
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["collect", "catalogue"] });
      toastDone(common.saved);
    },
  });
  return (
    <Stack gap="sm">
      <Textarea
        label={words.description}
        placeholder={mayManage ? words.descriptionHint : "–"}
        autosize
        minRows={1}
        readOnly={!mayManage}
        value={draft.description}
        onChange={(event) => setDraft({ ...draft, description: event.currentTarget.value })}
      />
      <TextInput
        label={words.owner}
        placeholder={mayManage ? words.ownerHint : "–"}
        readOnly={!mayManage}
        value={draft.owner}
        onChange={(event) => setDraft({ ...draft, owner: event.currentTarget.value })}
      />
      {changed && (
        <Group>
          <Button size="xs" loading={save.isPending} onClick={() => save.mutate()}>
            {common.save}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Properties({ detail }: { detail: CatalogueDetail }): ReactNode {
  const words = useWords(collectWords).catalogue;
  return (
    <section>
      <Text fw={600} mb="xs">
        {words.properties}
      </Text>
      <ul className={classes.list}>
        {detail.properties.map((property) => (
          <PropertyLine
            key={property.path}
            name={detail.name}
            property={property}
            volume={detail.volume}
          />
        ))}
      </ul>
    </section>
  );
}

function PropertyLine({
  name,
  property,
  volume,
}: {
  name: string;
  property: CatalogueProperty;
  volume: number;
}): ReactNode {
  const words = useWords(collectWords).catalogue;
  const format = useFormat();
  const mayManage = useMayDo()("collect.manage");
  const queries = useQueryClient();
  const save = async (description: string) => {
    await unwrap(
      client.PATCH("/api/collect/catalogue/{name}/properties/{path}", {
        params: { path: { name: asPathPart(name), path: asPathPart(property.path) } },
        body: { description },
      }),
    );
    await queries.invalidateQueries({ queryKey: ["collect", "catalogue", name] });
  };
  return (
    <li className={classes.line}>
      <Group gap="xs" justify="space-between">
        <Group gap="xs">
          <Code>{property.path}</Code>
          <Badge variant="light" color="gray" size="sm" tt="none">
            {nameType(words.types, property.type)}
          </Badge>
          {property.flagged && <UnexpectedBadge property={property} />}
        </Group>
        <Text size="xs" c="dimmed">
          {volume > 0 && <Share share={Math.min(1, property.volume / volume)} event={name} />}
          {format.ago(property.last_seen)}
        </Text>
      </Group>
      {property.example !== "" && (
        <Text size="xs" c="dimmed" mt={4} className={classes.example}>
          {words.example}:{" "}
          {typeof property.example === "string"
            ? property.example
            : JSON.stringify(property.example)}
        </Text>
      )}
      <InlineEdit
        label={`${property.path}: ${words.description}`}
        value={property.description ?? ""}
        placeholder={words.description}
        disabled={!mayManage}
        onSave={save}
      />
    </li>
  );
}

function Share({ share, event }: { share: number; event: string }): ReactNode {
  const words = useWords(collectWords).catalogue;
  const shown = useFormat().percent(share);
  return (
    <>
      <Tooltip label={words.shareHint(shown, event)}>
        <span>{shown}</span>
      </Tooltip>{" "}
      ·{" "}
    </>
  );
}

function nameType(types: Record<string, string>, type: string): string {
  return types[type] ?? type;
}

function UnexpectedBadge({ property }: { property: CatalogueProperty }): ReactNode {
  const words = useWords(collectWords).catalogue;
  const format = useFormat();
  const others = Object.entries(property.types)
    .filter(([type]) => type !== property.type)
    .map(([type, count]) => `${nameType(words.types, type)} (${format.number(count)})`)
    .join(", ");
  return (
    <Tooltip label={words.unexpectedHint(nameType(words.types, property.type), others)}>
      <Badge
        variant="light"
        color="vermilion"
        size="sm"
        tabIndex={0}
        leftSection={<IconAlertTriangle size={11} aria-hidden />}
      >
        {words.unexpected}
      </Badge>
    </Tooltip>
  );
}
