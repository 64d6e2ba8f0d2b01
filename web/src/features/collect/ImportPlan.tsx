import { Alert, Badge, Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { useErrorText } from "@/components/ErrorState";
import type { ImportKind, Mapping, Upload } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { jobsQuery } from "@/lib/queries";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import { type ImportChoices, ImportOptions, NO_CHOICES } from "./ImportOptions";
import { ImportOutcome } from "./ImportOutcome";
import { importsQuery } from "./ImportsPage";
import { MappingTable } from "./MappingTable";
import { applySaved, findFaults, type MappingFault, withoutUnused } from "./mapping-rules";
import { SavedMappings } from "./SavedMappings";

const KINDS: ImportKind[] = ["orders", "profiles", "events"];

interface ImportPlanProps {
  upload: Upload;
  onOtherFile: () => void;
}

export function ImportPlan({ upload, onOtherFile }: ImportPlanProps): ReactNode {
  const words = useWords(collectWords).imports;
  const format = useFormat();
  const [kind, setKind] = useState<ImportKind>(() => guessKind(upload));
  const [mapping, setMapping] = useState<Mapping>(() => suggest(upload, guessKind(upload)));
  const [choices, setChoices] = useState<ImportChoices>(NO_CHOICES);
  const start = useStartImport(upload, kind, mapping, choices);
  const faults = findFaults(kind, mapping, choices.eventName);
  const used = Object.values(mapping).filter(Boolean).length;
  const chooseKind = (next: ImportKind) => {
    setKind(next);
    setMapping(suggest(upload, next));
  };
  return (
    <Stack gap="lg">
      <Card
        title={upload.filename}
        action={
          <Button variant="default" size="xs" onClick={onOtherFile}>
            {words.other}
          </Button>
        }
      >
        <FileFacts upload={upload} />
      </Card>
      <Card
        title={words.step.columns}
        hint={words.mapped(format.number(used), format.number(upload.columns.length))}
        action={
          <SavedMappings
            kind={kind}
            mapping={withoutUnused(mapping)}
            onChoose={(saved) =>
              setMapping(
                applySaved(
                  saved,
                  mapping,
                  upload.columns.map((column) => column.name),
                ),
              )
            }
          />
        }
      >
        <Stack gap="xs" mb="md">
          <SegmentedControl
            aria-label={words.kind}
            value={kind}
            onChange={(next) => chooseKind(next as ImportKind)}
            data={KINDS.map((key) => ({ value: key, label: words.kinds[key] }))}
          />
          <Text size="sm" c="dimmed">
            {words.kindHint[kind]}
          </Text>
        </Stack>
        <MappingTable upload={upload} kind={kind} mapping={mapping} onChange={setMapping} />
      </Card>
      <Card title={words.step.check}>
        <Stack>
          <ImportOptions upload={upload} kind={kind} choices={choices} onChange={setChoices} />
          <Faults faults={faults} />
          <StartButtons rows={upload.rows_estimate} disabled={faults.length > 0} start={start} />
        </Stack>
      </Card>
    </Stack>
  );
}

function StartButtons({
  rows,
  disabled,
  start,
}: {
  rows: number | null;
  disabled: boolean;
  start: ReturnType<typeof useStartImport>;
}): ReactNode {
  const words = useWords(collectWords).imports;
  const errorText = useErrorText();
  const format = useFormat();
  return (
    <>
      {start.error && <Alert color="red">{errorText(start.error)}</Alert>}
      <Group>
        <Button
          variant="default"
          disabled={disabled}
          loading={start.isPending && start.variables === true}
          onClick={() => start.mutate(true)}
        >
          {words.dryRunAction}
        </Button>
        <Button
          disabled={disabled}
          loading={start.isPending && start.variables === false}
          onClick={() => start.mutate(false)}
        >
          {rows ? words.importRows(format.compact(rows)) : words.importAction}
        </Button>
        <Text size="sm" c="dimmed">
          {words.dryRunHint}
        </Text>
      </Group>
      {start.data && <ImportOutcome jobId={start.data.id} />}
    </>
  );
}

function useStartImport(
  upload: Upload,
  kind: ImportKind,
  mapping: Mapping,
  choices: ImportChoices,
) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (dryRun: boolean) =>
      unwrap(
        client.POST("/api/collect/imports", {
          body: {
            upload_id: upload.id,
            kind,
            mapping: withoutUnused(mapping),
            dry_run: dryRun,
            source_id: choices.sourceId,
            options: { day_first: choices.dayFirst, event_name: choices.eventName || null },
          },
        }),
      ),
    onSuccess: async (_job, dryRun) => {
      await queries.invalidateQueries({ queryKey: jobsQuery.queryKey });
      await queries.invalidateQueries({ queryKey: importsQuery.queryKey });
      if (!dryRun) await navigate({ to: "/data/imports" });
    },
  });
}

function FileFacts({ upload }: { upload: Upload }): ReactNode {
  const words = useWords(collectWords).imports;
  const format = useFormat();
  const delimiter = upload.delimiter === "\t" ? words.tab : upload.delimiter;
  const facts = [
    [words.format, upload.format.toUpperCase()],
    [words.encoding, upload.encoding],
    [words.delimiter, delimiter],
  ].filter((fact) => fact[1]);
  return (
    <Group gap="xs">
      {facts.map(([label, value]) => (
        <Badge key={label} variant="light" color="gray" tt="none">
          {label} {value}
        </Badge>
      ))}
      {upload.rows_estimate !== null && (
        <Text size="sm">{words.rowsAbout(format.number(upload.rows_estimate))}</Text>
      )}
    </Group>
  );
}

function Faults({ faults }: { faults: MappingFault[] }): ReactNode {
  const words = useWords(collectWords).imports;
  if (faults.length === 0) return null;
  const fields = words.fields as Record<string, string>;
  return (
    <Alert color="yellow" role="status">
      {faults.map((fault) => (
        <div key={fault.fault}>
          {fault.fault === "duplicateField"
            ? words.duplicateField(fields[fault.field] ?? fault.field)
            : words[fault.fault]}
        </div>
      ))}
    </Alert>
  );
}

function suggest(upload: Upload, kind: ImportKind): Mapping {
  const suggested = upload.suggestions[kind] ?? {};
  return Object.fromEntries(
    upload.columns.map((column) => [column.name, suggested[column.name] ?? ""]),
  );
}

/** A file with order numbers holds orders, one with event names events, any other customers. */
function guessKind(upload: Upload): ImportKind {
  const orders = Object.values(upload.suggestions.orders ?? {});
  if (orders.includes("order_id") && orders.includes("time")) return "orders";
  const events = Object.values(upload.suggestions.events ?? {});
  return events.includes("event") && events.includes("time") ? "events" : "profiles";
}
