import { Alert, Button, Group, List, Select, Stack, Text, Textarea } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { Card } from "@/components/Card";
import { catalogueQuery } from "@/components/conditions/condition-queries";
import { useErrorText } from "@/components/ErrorState";
import type { UploadedSegment } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import { formWords } from "./form-words";
import { refreshSegments } from "./segment-queries";
import classes from "./UploadFields.module.css";
import { countLines, LINES_MAX } from "./upload-rules";

const BASIC_TYPES = ["user_id", "email", "phone"];

interface UploadFieldsProps {
  name: string;
  description: string;
  /** True when the name is there; otherwise says that it is missing. */
  checkName: () => boolean;
  onUploaded: (segment: UploadedSegment) => void;
}

/** A list of people by identifiers: a file, or what was pasted. */
export function UploadFields({
  name,
  description,
  checkName,
  onUploaded,
}: UploadFieldsProps): ReactNode {
  const words = useWords(formWords).upload;
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [file, setFile] = useState<string>();
  const [type, setType] = useState("user_id");
  const [fault, setFault] = useState<string>();
  const upload = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/segments/upload", {
          body: { name, description, csv: text, type, identifiers: [] },
        }),
      ),
    onSuccess: async (made) => {
      onUploaded(made);
      await refreshSegments(queries);
    },
  });
  const start = () => {
    const lines = countLines(text);
    const found = lines === 0 ? words.empty : lines > LINES_MAX ? words.tooMany : undefined;
    setFault(found);
    if (checkName() && !found) upload.mutate();
  };
  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    setText(await chosen.text());
    setFile(chosen.name);
    setFault(undefined);
  };
  return (
    <Card>
      <Stack>
        <FileField file={file} text={text} onFile={take} />
        <Textarea
          label={words.text}
          description={words.textHint}
          autosize
          minRows={4}
          maxRows={10}
          spellCheck={false}
          value={file ? "" : text}
          placeholder={file ? "" : "m-1001\nm-1002"}
          error={fault}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setFile(undefined);
            setFault(undefined);
          }}
        />
        <TypeSelect type={type} onChange={setType} />
        {upload.error && <Alert color="red">{errorText(upload.error)}</Alert>}
        <Group>
          <Button onClick={start} loading={upload.isPending}>
            {words.action}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

function FileField({
  file,
  text,
  onFile,
}: {
  file: string | undefined;
  text: string;
  onFile: (file: File | undefined) => Promise<void>;
}): ReactNode {
  const words = useWords(formWords).upload;
  const format = useFormat();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void onFile(event.dataTransfer.files[0]);
  };
  return (
    <section
      aria-label={words.file}
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconUpload size={22} aria-hidden />
      <Text size="sm">
        {file ? words.chosen(file, format.number(countLines(text))) : words.file}
      </Text>
      <Button variant="default" size="compact-sm" onClick={() => input.current?.click()}>
        {words.choose}
      </Button>
      <input
        ref={input}
        type="file"
        accept=".csv,.txt,text/csv,text/plain"
        hidden
        onChange={(event) => void onFile(event.currentTarget.files?.[0])}
      />
    </section>
  );
}

function TypeSelect({
  type,
  onChange,
}: {
  type: string;
  onChange: (type: string) => void;
}): ReactNode {
  const words = useWords(formWords).upload;
  const names = useNames();
  const { data } = useQuery(catalogueQuery);
  const hidden = new Set(
    data?.identifier_types.filter((one) => one.hidden).map((one) => one.type) ?? [],
  );
  const types = [
    ...new Set([...BASIC_TYPES, ...(data?.identifier_types.map((one) => one.type) ?? [])]),
  ].filter((one) => !hidden.has(one));
  return (
    <Select
      label={words.type}
      description={words.typeHint}
      maw={320}
      data={types.map((value) => ({ value, label: names.identifier(value) }))}
      value={type}
      onChange={(next) => next && onChange(next)}
      allowDeselect={false}
    />
  );
}

/** Who was found, and which lines name nobody. */
export function UploadOutcome({ segment }: { segment: UploadedSegment }): ReactNode {
  const words = useWords(formWords).upload;
  const format = useFormat();
  const { matched, unknown, unknown_lines: lines } = segment;
  const shown = lines.slice(0, 20).map((line) => format.number(line));
  const more = unknown > shown.length;
  return (
    <Card title={words.doneTitle}>
      <Stack gap="sm" role="status">
        <List size="sm">
          <List.Item>{words.matched(format.number(matched))}</List.Item>
          {unknown > 0 && (
            <List.Item>
              {words.unknown(format.number(unknown))}
              <Text size="xs" c="dimmed">
                {words.unknownLines(shown.join(", "))} {more && words.andMore}
              </Text>
            </List.Item>
          )}
        </List>
        <Text size="sm">
          <Link to="/customers/segments/$segmentId" params={{ segmentId: String(segment.id) }}>
            {words.open}
          </Link>
        </Text>
      </Stack>
    </Card>
  );
}
