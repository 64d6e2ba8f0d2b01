import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { Confirm } from "@/components/Confirm";
import { EmptyState } from "@/components/EmptyState";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { RetentionRule } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { RuleRow } from "./RuleRow";
import { recordWords } from "./record-words";
import { findFaults, type RuleDraft, toDrafts, toGiven } from "./retention-rules";
import { WouldGoTable } from "./WouldGoTable";

const retentionQuery = queryOptions({
  queryKey: ["privacy", "retention"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/privacy/retention", { signal })),
});

export function RetentionTab(): ReactNode {
  const query = useQuery(retentionQuery);
  return (
    <Loaded query={query}>
      {({ rules }) => <RulesForm key={JSON.stringify(rules)} rules={rules} />}
    </Loaded>
  );
}

function RulesForm({ rules }: { rules: RetentionRule[] }): ReactNode {
  const words = useWords(recordWords).retention;
  const errorText = useErrorText();
  const [drafts, setDrafts] = useState(() => toDrafts(rules));
  const [shown, setShown] = useState(false);
  const [saving, save] = useDisclosure();
  const faults = findFaults(drafts);
  const changed = JSON.stringify(toGiven(drafts)) !== JSON.stringify(toGiven(toDrafts(rules)));
  const preview = useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/privacy/retention/dry-run", { body: { rules: toGiven(drafts) } })),
  });
  const unlessFaulty = (then: () => void) => {
    setShown(true);
    if (faults.size === 0) then();
  };
  const edit = (next: RuleDraft[]) => {
    setDrafts(next);
    preview.reset();
  };
  const add = () =>
    edit([...drafts, { id: Date.now(), kind: "event", name: "", days: 400, enabled: false }]);
  return (
    <Stack gap="md">
      <UnsavedGuard changed={changed} />
      <Text size="sm" c="dimmed" maw={720}>
        {words.hint}
      </Text>
      <Card>
        {drafts.length === 0 ? (
          <EmptyState
            title={words.emptyTitle}
            hint={words.emptyHint}
            example={words.emptyExample}
            action={
              <Button mt="xs" onClick={add}>
                {words.add}
              </Button>
            }
          />
        ) : (
          <RuleList
            drafts={drafts}
            rules={rules}
            faults={shown ? faults : new Map()}
            onChange={edit}
            onAdd={add}
          />
        )}
      </Card>
      {(drafts.length > 0 || changed) && (
        <Group>
          <Button disabled={!changed} onClick={() => unlessFaulty(save.open)}>
            {words.save}
          </Button>
          <Button
            variant="default"
            loading={preview.isPending}
            onClick={() => unlessFaulty(() => preview.mutate())}
          >
            {words.tryIt}
          </Button>
        </Group>
      )}
      {preview.error && <Alert color="red">{errorText(preview.error)}</Alert>}
      {preview.data && <WouldGoTable items={preview.data.items} />}
      <SaveRules opened={saving} onClose={save.close} drafts={drafts} />
    </Stack>
  );
}

interface RuleListProps {
  drafts: RuleDraft[];
  rules: RetentionRule[];
  faults: ReturnType<typeof findFaults>;
  onChange: (drafts: RuleDraft[]) => void;
  onAdd: () => void;
}

function RuleList({ drafts, rules, faults, onChange, onAdd }: RuleListProps): ReactNode {
  const words = useWords(recordWords).retention;
  return (
    <Stack gap="md" align="stretch">
      {drafts.map((draft) => (
        <RuleRow
          key={draft.id}
          draft={draft}
          saved={rules.find((rule) => rule.kind === draft.kind && rule.name === draft.name)}
          fault={faults.get(draft.id)}
          onChange={(next) => onChange(drafts.map((one) => (one.id === draft.id ? next : one)))}
          onRemove={() => onChange(drafts.filter((one) => one.id !== draft.id))}
        />
      ))}
      <Group>
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={onAdd}>
          {words.add}
        </Button>
      </Group>
    </Stack>
  );
}

interface SaveRulesProps {
  opened: boolean;
  onClose: () => void;
  drafts: RuleDraft[];
}

/** Rules remove what cannot be brought back, so saving says so. */
function SaveRules({ opened, onClose, drafts }: SaveRulesProps): ReactNode {
  const words = useWords(recordWords).retention;
  const common = useWords(commonWords);
  const format = useFormat();
  const queries = useQueryClient();
  const on = drafts.filter((draft) => draft.enabled).length;
  const save = async () => {
    const body = { rules: toGiven(drafts) };
    const saved = await unwrap(client.PUT("/api/privacy/retention", { body }));
    queries.setQueryData(retentionQuery.queryKey, saved);
    toastDone(common.saved);
  };
  return (
    <Confirm
      opened={opened}
      onClose={onClose}
      title={words.saveTitle}
      effect={on > 0 ? words.saveEffect(format.number(on)) : words.saveOff}
      action={words.save}
      dangerous={on > 0}
      onConfirm={save}
    />
  );
}
