import { ActionIcon, Group, Input, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { JsonObject } from "@/lib/api";
import { useWords } from "@/lib/words";
import classes from "./explorer.module.css";
import { explorerWords } from "./explorer-words";
import { AddButton, FieldInput, type FieldInputProps } from "./FieldInput";
import { useFieldFault } from "./form-places";
import { type Field, startObject } from "./param-schema";
import { isBare } from "./param-words";

interface ListInputProps extends FieldInputProps {
  label: string;
  description?: string | undefined;
  fault: string | undefined;
}

/** Several of the same, in an order that can be changed. */
export function ListInput(props: ListInputProps): ReactNode {
  const { field, label, description, metric, place, value, onChange, fault } = props;
  const words = useWords(explorerWords);
  const items = Array.isArray(value) ? (value as JsonObject[]) : null;
  const change = (next: JsonObject[]) =>
    onChange(next.length === 0 && !field.required ? undefined : next);
  const move = (at: number, to: number) => {
    const moved = items?.[at];
    if (items && moved) change(items.toSpliced(at, 1).toSpliced(to, 0, moved));
  };
  return (
    <Input.Wrapper label={label} description={description} labelElement="div" error={fault}>
      {items === null && (
        <Text size="sm" c="dimmed" mb={4}>
          {isBare(metric, field.name) ? words.none : words.defaults}
        </Text>
      )}
      <Stack gap="xs" mt={description ? 6 : 0}>
        {items?.map((item, at) => {
          const name = words.item(String(at + 1));
          const show = (inner: Field) => (
            <FieldInput
              key={inner.name}
              field={inner}
              metric={metric}
              place={`${place}.${at}.${inner.name}`}
              value={item[inner.name]}
              siblings={item}
              onChange={(next) => change(items.with(at, put(item, inner.name, next)))}
            />
          );
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity but their place
            <div key={at} className={classes.item} role="group" aria-label={`${label} ${at + 1}`}>
              <Group justify="space-between" wrap="nowrap" mb={4}>
                <Text size="xs" fw={600} c="dimmed">
                  {name}
                </Text>
                <Group gap={2} wrap="nowrap">
                  <ItemButton
                    label={words.up(name)}
                    disabled={at === 0}
                    onClick={() => move(at, at - 1)}
                    icon={<IconArrowUp size={14} aria-hidden />}
                  />
                  <ItemButton
                    label={words.down(name)}
                    disabled={at === items.length - 1}
                    onClick={() => move(at, at + 1)}
                    icon={<IconArrowDown size={14} aria-hidden />}
                  />
                  <ItemButton
                    label={words.remove(name)}
                    onClick={() => change(items.toSpliced(at, 1))}
                    icon={<IconX size={14} aria-hidden />}
                  />
                </Group>
              </Group>
              <Stack gap="xs">
                {field.fields.filter((inner) => !isSmall(inner)).map(show)}
                <Group gap="xs" align="flex-end" grow>
                  {field.fields.filter(isSmall).map(show)}
                </Group>
                <Fault place={`${place}.${at}`} />
              </Stack>
            </div>
          );
        })}
        {(items?.length ?? 0) < field.itemsMost && (
          <AddButton
            label={words.add(label)}
            name={label}
            onClick={() => change([...(items ?? []), startObject(field.fields, "")])}
          />
        )}
      </Stack>
    </Input.Wrapper>
  );
}

/** What is wrong with an item, and with none of its fields alone. */
export function Fault({ place, within }: { place: string; within?: boolean }): ReactNode {
  const fault = useFieldFault(place, within);
  return fault && <Input.Error>{fault}</Input.Error>;
}

const SMALL = new Set(["whole", "number", "choice", "flag"]);

/** What has room beside another. */
function isSmall(field: Field): boolean {
  return SMALL.has(field.kind);
}

function put(item: JsonObject, name: string, value: unknown): JsonObject {
  const { [name]: _, ...rest } = item;
  return value === undefined ? rest : { ...rest, [name]: value };
}

interface ItemButtonProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  icon: ReactNode;
}

export function ItemButton({ label, disabled, onClick, icon }: ItemButtonProps): ReactNode {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      {icon}
    </ActionIcon>
  );
}
