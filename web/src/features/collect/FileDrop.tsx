import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { Upload } from "@/lib/api";
import { uploadFile } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import classes from "./FileDrop.module.css";

const ACCEPTED = ".csv,.tsv,.txt,.jsonl,.ndjson,.json,.parquet,.gz";

export function FileDrop({ onUploaded }: { onUploaded: (upload: Upload) => void }): ReactNode {
  const words = useWords(collectWords).imports;
  const errorText = useErrorText();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const { upload, share, cancel } = useUpload(onUploaded);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) upload.mutate(file);
  };
  if (upload.isPending)
    return <Uploading file={upload.variables} share={share} onCancel={cancel} />;
  return (
    <Stack>
      <section
        className={classes.drop}
        data-over={over || undefined}
        aria-label={words.drop}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <IconFileImport size={34} stroke={1.3} aria-hidden />
        <Text fw={600}>{words.drop}</Text>
        <Text size="sm" c="dimmed" maw={460}>
          {words.dropHint}
        </Text>
        <input
          ref={picker}
          type="file"
          hidden
          accept={ACCEPTED}
          aria-label={words.choose}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) upload.mutate(file);
          }}
        />
        <Button mt="xs" onClick={() => picker.current?.click()}>
          {words.choose}
        </Button>
      </section>
      {upload.error && upload.error.name !== "AbortError" && (
        <Alert color="red" role="alert">
          {errorText(upload.error)}
        </Alert>
      )}
    </Stack>
  );
}

function useUpload(onUploaded: (upload: Upload) => void) {
  const [share, setShare] = useState(0);
  const abort = useRef<AbortController>(null);
  const upload = useMutation({
    mutationFn: (file: File) => {
      abort.current = new AbortController();
      const url = `/api/collect/uploads?filename=${encodeURIComponent(file.name)}`;
      return uploadFile<Upload>(url, file, setShare, abort.current.signal);
    },
    onSuccess: onUploaded,
  });
  useEffect(() => () => abort.current?.abort(), []);
  return { upload, share, cancel: () => abort.current?.abort() };
}

function Uploading({
  file,
  share,
  onCancel,
}: {
  file: File | undefined;
  share: number;
  onCancel: () => void;
}): ReactNode {
  const words = useWords(collectWords).imports;
  const common = useWords(commonWords);
  const format = useFormat();
  return (
    <Stack gap="xs" className={classes.drop}>
      <Text fw={600}>
        {words.uploading} {file?.name}
      </Text>
      <Progress value={share * 100} w="min(420px, 100%)" aria-label={words.uploading} />
      <Group>
        <Text size="sm" c="dimmed">
          {format.percent(share)}
        </Text>
        <Button variant="subtle" size="compact-sm" onClick={onCancel}>
          {common.cancel}
        </Button>
      </Group>
    </Stack>
  );
}
