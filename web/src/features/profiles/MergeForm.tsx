import {
  Alert,
  Button,
  Group,
  Loader,
  Stack,
  Text,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import type { Profile, ProfileId, ProfileRow } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { profileSearchQuery } from "@/lib/queries";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { previewMerge } from "./identity-rules";
import classes from "./MergeForm.module.css";
import { nameOf, rankIdentifiers } from "./profile-name";
import { profileQuery } from "./profile-queries";
import { profileWords } from "./profile-words";

interface MergeFormProps {
  profile: Profile;
  /** Where the other profile is known already, the search for it is left out. */
  from?: ProfileId | undefined;
  onDone: () => void;
}

/** Find the other profile, see in numbers what will happen, type to confirm. */
export function MergeForm({ profile, from, onDone }: MergeFormProps): ReactNode {
  const [other, setOther] = useState<ProfileId | null>(from ?? null);
  return other ? (
    <MergeConfirm profile={profile} other={other} onBack={() => setOther(null)} onDone={onDone} />
  ) : (
    <ProfileFinder except={profile} onChoose={(row) => setOther(row.id)} />
  );
}

function ProfileFinder({
  except,
  onChoose,
}: {
  except: Profile;
  onChoose: (profile: ProfileRow) => void;
}): ReactNode {
  const words = useWords(profileWords);
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), 200);
  const { data, isFetching } = useQuery(profileSearchQuery(search, 10));
  const found = (search ? (data?.items ?? []) : []).filter((row) => row.id !== except.id);
  return (
    <Stack>
      <TextInput
        label={words.identity.mergeSearch}
        description={words.list.search}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        rightSection={isFetching ? <Loader size={14} /> : null}
      />
      <ul className={classes.found}>
        {found.map((row) => (
          <li key={row.id}>
            <UnstyledButton className={classes.choice} onClick={() => onChoose(row)}>
              <Text size="sm" fw={500}>
                {nameOf(row) ?? words.list.anonymousName(String(row.id).slice(0, 8))}
              </Text>
              <Text size="xs" c="dimmed">
                {[row.email, row.phone, row.user_id].filter(Boolean).join(" · ")}
              </Text>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {search && !isFetching && found.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.list.noMatch(search)}
        </Text>
      )}
    </Stack>
  );
}

interface MergeConfirmProps {
  profile: Profile;
  other: ProfileId;
  onBack: () => void;
  onDone: () => void;
}

function MergeConfirm({ profile, other, onBack, onDone }: MergeConfirmProps): ReactNode {
  const query = useQuery(profileQuery(other));
  return (
    <Loaded query={query}>
      {(from) => <MergeReady into={profile} from={from} onBack={onBack} onDone={onDone} />}
    </Loaded>
  );
}

function MergeReady({
  into,
  from,
  onBack,
  onDone,
}: {
  into: Profile;
  from: Profile;
  onBack: () => void;
  onDone: () => void;
}): ReactNode {
  const words = useWords(profileWords).identity;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const [typed, setTyped] = useState("");
  const merge = useMerge(into, from, onDone);
  const fromName =
    nameOf({ name: from.name, user_id: rankIdentifiers(from.identifiers)[0]?.value }) ??
    String(from.id);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        merge.mutate();
      }}
    >
      <Stack>
        <Group gap="xs">
          <Text fw={600}>{fromName}</Text>
          <Text c="dimmed">→</Text>
          <Text fw={600}>
            {nameOf({ name: into.name, user_id: rankIdentifiers(into.identifiers)[0]?.value })}
          </Text>
        </Group>
        <Preview into={into} from={from} />
        <TextInput
          label={common.confirmTyped(words.mergeWord)}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
        />
        {merge.error && <Alert color="red">{errorText(merge.error)}</Alert>}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {common.back}
          </Button>
          <Button
            type="submit"
            color="red"
            disabled={typed.trim() !== words.mergeWord}
            loading={merge.isPending}
          >
            {words.mergeAction}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useMerge(into: Profile, from: Profile, onDone: () => void) {
  const words = useWords(profileWords).identity;
  const queries = useQueryClient();
  const navigate = useNavigate({ from: "/customers/profiles/$profileId" });
  return useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/profiles/merge", { body: { into: into.id, from: from.id } })),
    onSuccess: async () => {
      onDone();
      toastDone(words.mergeDone);
      await navigate({ search: { tab: "identity" } });
      await queries.invalidateQueries({ queryKey: ["profiles"] });
    },
  });
}

function Preview({ into, from }: { into: Profile; from: Profile }): ReactNode {
  const words = useWords(profileWords).identity;
  const format = useFormat();
  const preview = previewMerge(into, from);
  return (
    <div className={classes.preview}>
      <Text size="sm" fw={600} mb={4}>
        {words.mergePreview}
      </Text>
      <ul>
        <li>
          {words.mergeIdentifiers(
            format.number(preview.identifiersMoved),
            format.number(preview.identifiersAfter),
          )}
        </li>
        <li>{words.mergeEvents}</li>
        {preview.traitsDiffering > 0 && (
          <li>{words.mergeTraits(format.number(preview.traitsDiffering))}</li>
        )}
        <li>{words.mergeUndo}</li>
      </ul>
    </div>
  );
}
