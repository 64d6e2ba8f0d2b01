import { Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import type { Upload } from "@/lib/api";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import { FileDrop } from "./FileDrop";
import { ImportPlan } from "./ImportPlan";

/** A file first; then what its columns mean; then a trial run or the import itself. */
export function NewImportPage(): ReactNode {
  const words = useWords(collectWords).imports;
  const [upload, setUpload] = useState<Upload | null>(null);
  return (
    <Page title={words.start} parent={{ label: words.title, to: "/data/imports" }}>
      <Permitted permission="imports.run">
        <Stack>
          {upload ? (
            <ImportPlan key={upload.id} upload={upload} onOtherFile={() => setUpload(null)} />
          ) : (
            <FileDrop onUploaded={setUpload} />
          )}
        </Stack>
      </Permitted>
    </Page>
  );
}
