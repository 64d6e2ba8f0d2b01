import { Badge, Group, Select, Text, TextInput } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import type { ImportKind, JsonValue, Mapping, Upload } from "@/lib/api";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import classes from "./MappingTable.module.css";
import {
  isOpen,
  nameFromColumn,
  OPEN_PREFIXES,
  type OpenPrefix,
  readTarget,
  type Target,
  WHAT_FIELDS,
  WHO_FIELDS,
  writeTarget,
} from "./mapping-rules";

interface MappingTableProps {
  upload: Upload;
  kind: ImportKind;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

export function MappingTable({ upload, kind, mapping, onChange }: MappingTableProps): ReactNode {
  const words = useWords(collectWords).imports;
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{words.column}</th>
          <th scope="col">{words.examples}</th>
          <th scope="col">{words.becomes}</th>
        </tr>
      </thead>
      <tbody>
        {upload.columns.map((column, position) => (
          <tr key={column.name} data-unused={!mapping[column.name] || undefined}>
            <th scope="row">
              <Group gap={6}>
                {column.name}
                <Badge variant="light" color="gray" size="xs" tt="none" title={words.typeGuess}>
                  {words.types[column.type as "text"] ?? column.type}
                </Badge>
              </Group>
            </th>
            <td className={classes.examples}>
              {showExamples(column.examples ?? [], upload.preview ?? [], position)}
            </td>
            <td>
              <TargetChoice
                column={column.name}
                kind={kind}
                target={readTarget(mapping[column.name])}
                onChange={(target) => onChange({ ...mapping, [column.name]: writeTarget(target) })}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function showExamples(examples: JsonValue[], preview: JsonValue[][], position: number): ReactNode {
  const shown = examples.length ? examples : preview.map((row) => row[position] ?? null);
  return shown.slice(0, 3).map((value, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the same value may come twice
    <Text key={at} span size="sm" c="dimmed" className={classes.example}>
      {value === null || value === "" ? "–" : String(value)}
    </Text>
  ));
}

interface TargetChoiceProps {
  column: string;
  kind: ImportKind;
  target: Target;
  onChange: (target: Target) => void;
}

function TargetChoice({ column, kind, target, onChange }: TargetChoiceProps): ReactNode {
  const words = useWords(collectWords).imports;
  const options = useTargetOptions(kind);
  return (
    <Group gap={6} wrap="nowrap" className={classes.target}>
      <Select
        aria-label={`${column}: ${words.becomes}`}
        placeholder={words.leftOut}
        data={options}
        value={target.kind || null}
        onChange={(next) =>
          onChange({
            kind: (next ?? "") as Target["kind"],
            name: target.name || nameFromColumn(column),
          })
        }
        clearable
        searchable
        size="sm"
        w={190}
      />
      {isOpen(target.kind) && (
        <TextInput
          aria-label={`${column}: ${openLabel(words, target.kind)}`}
          value={target.name}
          onChange={(event) => onChange({ ...target, name: event.currentTarget.value })}
          size="sm"
          className={classes.openName}
        />
      )}
    </Group>
  );
}

type ImportWords = ReturnType<typeof useWords<(typeof collectWords)["en"]>>["imports"];

function openLabel(words: ImportWords, prefix: OpenPrefix): string {
  return {
    id: words.asIdentifier,
    trait: words.asTrait,
    property: words.asProperty,
    product: words.asProduct,
  }[prefix];
}

function useTargetOptions(kind: ImportKind) {
  const words = useWords(collectWords).imports;
  return useMemo(() => {
    const fields = (names: readonly (keyof typeof words.fields)[]) =>
      names.map((name) => ({ value: name as string, label: words.fields[name] }));
    return [
      { group: words.groupWho, items: fields(WHO_FIELDS) },
      { group: words.groupWhat, items: fields(WHAT_FIELDS[kind]) },
      {
        group: words.groupOpen,
        items: OPEN_PREFIXES[kind].map((prefix) => ({
          value: prefix as string,
          label: openLabel(words, prefix),
        })),
      },
    ];
  }, [words, kind]);
}
