import {
  Alert,
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Stack,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { JsonValue, ProfileId, Trait } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { profileWords } from "./profile-words";

type Kind = "text" | "number" | "boolean" | "date";

interface TraitFormProps {
  profileId: ProfileId;
  trait: Trait | null;
  onDone: () => void;
}

export function TraitForm({ profileId, trait, onDone }: TraitFormProps): ReactNode {
  const words = useWords(profileWords).traits;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const [name, setName] = useState(trait?.name ?? "");
  const [kind, setKind] = useState<Kind>(() => kindOf(trait));
  const [value, setValue] = useState<JsonValue>(trait?.masked ? "" : (trait?.value ?? ""));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (next: JsonValue) =>
      unwrap(
        client.PATCH("/api/profiles/{profile_id}/traits", {
          params: { path: { profile_id: profileId } },
          body: { [name.trim()]: next },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["profiles"] });
      toastDone(common.saved);
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) save.mutate(readValue(kind, value));
      }}
    >
      <Stack>
        {!trait && (
          <TextInput
            label={words.name}
            description={words.nameHint}
            required
            withAsterisk={false}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <SegmentedControl
          aria-label={words.type}
          value={kind}
          onChange={(next) => setKind(next as Kind)}
          data={(Object.keys(words.types) as Kind[]).map((key) => ({
            value: key,
            label: words.types[key],
          }))}
        />
        <ValueField kind={kind} value={value} onChange={setValue} />
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        <Group justify="space-between">
          <Button type="submit" loading={save.isPending}>
            {common.save}
          </Button>
          {trait && (
            <Button variant="subtle" color="red" onClick={() => save.mutate(null)}>
              {words.remove}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function ValueField({
  kind,
  value,
  onChange,
}: {
  kind: Kind;
  value: JsonValue;
  onChange: (value: JsonValue) => void;
}): ReactNode {
  const words = useWords(profileWords).traits;
  const common = useWords(commonWords);
  if (kind === "number") {
    return (
      <NumberInput
        label={words.value}
        value={typeof value === "number" ? value : ""}
        onChange={(next) => onChange(Number(next))}
      />
    );
  }
  if (kind === "boolean") {
    return (
      <SegmentedControl
        aria-label={words.value}
        value={value === true ? "yes" : "no"}
        onChange={(next) => onChange(next === "yes")}
        data={[
          { value: "yes", label: common.yes },
          { value: "no", label: common.no },
        ]}
      />
    );
  }
  return (
    <TextInput
      label={words.value}
      type={kind === "date" ? "date" : "text"}
      value={typeof value === "string" ? value : String(value ?? "")}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function kindOf(trait: Trait | null): Kind {
  if (typeof trait?.value === "number") return "number";
  if (typeof trait?.value === "boolean") return "boolean";
  return trait?.type === "date" ? "date" : "text";
}

function readValue(kind: Kind, value: JsonValue): JsonValue {
  if (kind === "number") return Number(value);
  if (kind === "boolean") return value === true;
  return String(value);
}
