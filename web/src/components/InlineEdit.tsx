import { TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { toastError } from "@/lib/toast";
import { useErrorText } from "./ErrorState";
import classes from "./InlineEdit.module.css";

interface InlineEditProps {
  label: string;
  value: string;
  placeholder?: string;
  disabled?: boolean;
  onSave: (value: string) => Promise<unknown>;
}

/** A text that can be changed where it stands: Enter or leaving keeps it, Escape does not. */
export function InlineEdit({
  label,
  value,
  placeholder,
  disabled,
  onSave,
}: InlineEditProps): ReactNode {
  const errorText = useErrorText();
  const [text, setText] = useState(value);
  const save = () => {
    if (text !== value) onSave(text).catch((error: Error) => toastError(errorText(error)));
  };
  return (
    <TextInput
      variant="unstyled"
      size="sm"
      classNames={{ input: classes.input }}
      aria-label={label}
      placeholder={disabled ? undefined : placeholder}
      readOnly={disabled}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing) event.currentTarget.blur();
        if (event.key === "Escape") {
          event.stopPropagation();
          setText(value);
        }
      }}
    />
  );
}
