import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  width?: number | string;
  waitMs?: number;
}

/** Searches while typing, but not while an input method still composes kana. */
export function SearchField({
  label,
  value,
  onChange,
  width = 280,
  waitMs = 200,
}: SearchFieldProps): ReactNode {
  const words = useWords(commonWords);
  const [text, setText] = useState(value);
  const composing = useRef(false);
  const search = useDebouncedCallback(onChange, waitMs);
  useEffect(() => setText(value), [value]);
  const take = (next: string) => {
    setText(next);
    if (!composing.current) search(next);
  };
  return (
    <TextInput
      type="search"
      w={width}
      maw="100%"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text ? (
          <CloseButton
            size="sm"
            aria-label={words.clearFilters}
            onClick={() => {
              setText("");
              onChange("");
            }}
          />
        ) : null
      }
      value={text}
      onChange={(event) => take(event.currentTarget.value)}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={(event) => {
        composing.current = false;
        take(event.currentTarget.value);
      }}
      styles={{ input: { WebkitAppearance: "none" } }}
    />
  );
}
