import {
  Autocomplete,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { ReactNode } from "react";
import type { JsonObject, JsonValue } from "@/lib/api";

/** The part of JSON Schema that plug-ins use to describe their settings. */
export interface FieldSchema {
  type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
  title?: string;
  description?: string;
  enum?: string[];
  examples?: string[];
  format?: string;
  /** Kept, and never shown again. */
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
  default?: JsonValue;
}

export interface ObjectSchema {
  type: "object";
  properties: Record<string, FieldSchema>;
  required?: string[];
}

interface SchemaFormProps {
  schema: ObjectSchema;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  errors?: Record<string, string>;
}

export function SchemaForm({ schema, value, onChange, errors = {} }: SchemaFormProps): ReactNode {
  return (
    <Stack>
      {Object.entries(schema.properties).map(([name, field]) => (
        <SchemaField
          key={name}
          name={name}
          field={field}
          required={schema.required?.includes(name) ?? false}
          value={value[name] ?? field.default ?? null}
          onChange={(next) => onChange({ ...value, [name]: next })}
          error={errors[name]}
        />
      ))}
    </Stack>
  );
}

interface SchemaFieldProps {
  name: string;
  field: FieldSchema;
  required: boolean;
  value: JsonValue;
  onChange: (value: JsonValue) => void;
  error: string | undefined;
}

function SchemaField({
  name,
  field,
  required,
  value,
  onChange,
  error,
}: SchemaFieldProps): ReactNode {
  const shared = { label: field.title ?? name, description: field.description, required, error };
  const text = typeof value === "string" ? value : "";
  if (field.enum)
    return <Select {...shared} data={field.enum} value={text || null} onChange={onChange} />;
  switch (field.type) {
    case "boolean":
      return (
        <Switch
          {...shared}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "number":
    case "integer":
      return (
        <NumberInput
          {...shared}
          min={field.minimum}
          max={field.maximum}
          allowDecimal={field.type === "number"}
          value={typeof value === "number" ? value : ""}
          onChange={(next) => onChange(next === "" ? null : Number(next))}
        />
      );
    case "array":
      return (
        <TagsInput
          {...shared}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={onChange}
        />
      );
    default:
      if (field.writeOnly)
        return (
          <PasswordInput
            {...shared}
            autoComplete="off"
            value={text}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        );
      if (field.examples)
        return <Autocomplete {...shared} data={field.examples} value={text} onChange={onChange} />;
      return field.format === "textarea" ? (
        <Textarea
          {...shared}
          autosize
          minRows={3}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          {...shared}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
