import {
  ActionIcon,
  Button,
  Group,
  Popover,
  Select,
  Stack,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { ImportKind, Mapping } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { toastDone, toastError } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";

const KEY = ["collect", "mappings"];

interface SavedMappingsProps {
  kind: ImportKind;
  mapping: Mapping;
  onChoose: (mapping: Mapping) => void;
}

export function SavedMappings({ kind, mapping, onChoose }: SavedMappingsProps): ReactNode {
  const words = useWords(collectWords).imports;
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<string | null>(null);
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => unwrap(client.GET("/api/collect/mappings", { signal })),
  });
  const fitting = data?.items.filter((one) => one.kind === kind) ?? [];
  const choose = (id: string | null) => {
    setChosen(id);
    const saved = fitting.find((one) => String(one.id) === id);
    if (saved) onChoose(saved.mapping);
  };
  const remove = useMutation({
    mutationFn: (id: string) =>
      unwrap(
        client.DELETE("/api/collect/mappings/{mapping_id}", {
          params: { path: { mapping_id: Number(id) } },
        }),
      ),
    onSuccess: () => {
      setChosen(null);
      return queries.invalidateQueries({ queryKey: KEY });
    },
  });
  return (
    <Group gap="xs">
      {fitting.length > 0 && (
        <Select
          size="xs"
          aria-label={words.savedMapping}
          placeholder={words.savedMapping}
          data={fitting.map((one) => ({ value: String(one.id), label: one.name }))}
          value={chosen}
          onChange={choose}
        />
      )}
      {chosen && (
        <Tooltip label={words.deleteMapping}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.deleteMapping}
            onClick={() => remove.mutate(chosen)}
          >
            <IconTrash size={15} />
          </ActionIcon>
        </Tooltip>
      )}
      <SaveMapping kind={kind} mapping={mapping} />
    </Group>
  );
}

function SaveMapping({ kind, mapping }: { kind: ImportKind; mapping: Mapping }): ReactNode {
  const words = useWords(collectWords).imports;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [opened, popover] = useDisclosure();
  const [name, setName] = useState("");
  const save = useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/collect/mappings", { body: { name, kind, mapping } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: KEY });
      popover.close();
      setName("");
      toastDone(common.saved);
    },
    onError: (error) => toastError(errorText(error)),
  });
  return (
    <Popover opened={opened} onChange={popover.close} trapFocus position="bottom-end">
      <Popover.Target>
        <Button variant="default" size="xs" onClick={popover.toggle}>
          {words.saveMapping}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) save.mutate();
          }}
        >
          <Stack gap="xs">
            <TextInput
              label={words.mappingName}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <Button type="submit" size="xs" disabled={!name.trim()} loading={save.isPending}>
              {common.save}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
