import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { CopyField } from "@/components/CopyField";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { SetupState, Workspace } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { meQuery, useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { RegionFields } from "./RegionFields";
import { settingsWords } from "./settings-words";

export function WorkspacePage(): ReactNode {
  const words = useWords(settingsWords).workspace;
  const query = useQuery({
    queryKey: ["workspace"],
    queryFn: async () => {
      const [workspace, choices] = await Promise.all([
        unwrap(client.GET("/api/workspace")),
        unwrap(client.GET("/api/setup")),
      ]);
      return { workspace: workspace as Workspace, choices };
    },
  });
  return (
    <Page title={words.title} state={words.state} width="text">
      <Loaded query={query}>
        {({ workspace, choices }) => <WorkspaceForm workspace={workspace} choices={choices} />}
      </Loaded>
    </Page>
  );
}

function WorkspaceForm({
  workspace,
  choices,
}: {
  workspace: Workspace;
  choices: SetupState;
}): ReactNode {
  const words = useWords(settingsWords).workspace;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const mayManage = useMayDo()("workspace.manage");
  const queries = useQueryClient();
  const [draft, setDraft] = useState(workspace);
  const [saved, setSaved] = useState(workspace);
  const changed = JSON.stringify(draft) !== JSON.stringify(saved);
  const save = useMutation({
    mutationFn: () => {
      const { id: _id, slug: _slug, ...body } = draft;
      return unwrap(client.PATCH("/api/workspace", { body }));
    },
    onSuccess: (next) => {
      setSaved(next as Workspace);
      setDraft(next as Workspace);
      toastDone(common.saved);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <UnsavedGuard changed={changed && !save.isPending} />
      <fieldset disabled={!mayManage} style={{ border: 0, padding: 0, margin: 0 }}>
        <Stack maw={560}>
          {!mayManage && <Text size="sm">{words.readOnly}</Text>}
          <TextInput
            label={words.name}
            required
            withAsterisk={false}
            value={draft.name}
            onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          />
          <RegionFields
            region={draft}
            choices={choices}
            onChange={(region) => setDraft({ ...draft, ...region })}
          />
          <CopyField label={words.slug} hint={words.slugHint} value={workspace.slug} />
          {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
          {mayManage && (
            <Group>
              <Button type="submit" disabled={!changed} loading={save.isPending}>
                {common.save}
              </Button>
              {changed && (
                <Button variant="subtle" color="gray" onClick={() => setDraft(saved)}>
                  {common.cancel}
                </Button>
              )}
            </Group>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}
