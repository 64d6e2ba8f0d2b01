import {
  Fieldset,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { ReactNode } from "react";
import type { Basis, ConsentDefault } from "@/lib/api";
import type { useForm } from "@/lib/form";
import { useWords } from "@/lib/words";
import { consentWords } from "./consent-words";
import classes from "./PurposeFields.module.css";
import { isEssential, type PurposeDraft, type Region } from "./purpose-draft";
import { BASES, LANGUAGES, REGIONS } from "./term-words";
import { useTerms } from "./use-terms";

interface FieldsProps {
  form: ReturnType<typeof useForm<PurposeDraft>>;
}

/** Both languages side by side, each above what customers will see. */
export function PurposeTextFields({ form }: FieldsProps): ReactNode {
  const words = useWords(consentWords).form;
  return (
    <Fieldset legend={words.texts} variant="unstyled" classNames={{ legend: classes.legend }}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {LANGUAGES.map((language) => (
          <Stack key={language} gap="xs">
            <TextInput
              label={`${words.titleOf} · ${words.language[language]}`}
              lang={language}
              {...form.text(`texts.${language}.title`)}
            />
            <Textarea
              label={`${words.bodyOf} · ${words.language[language]}`}
              lang={language}
              autosize
              minRows={3}
              maxRows={10}
              {...form.text(`texts.${language}.body`)}
            />
            <PurposePreview
              language={language}
              title={form.values[`texts.${language}.title`]}
              body={form.values[`texts.${language}.body`]}
            />
          </Stack>
        ))}
      </SimpleGrid>
    </Fieldset>
  );
}

interface PreviewProps {
  language: "ja" | "en";
  title: string;
  body: string;
}

export function PurposePreview({ language, title, body }: PreviewProps): ReactNode {
  const words = useWords(consentWords).form;
  return (
    <figure
      className={classes.preview}
      aria-label={`${words.preview} · ${words.language[language]}`}
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" fw={600} lang={language} className={classes.text}>
          {title || "–"}
        </Text>
        <span className={classes.toggle} aria-hidden />
      </Group>
      <Text size="sm" c="dimmed" lang={language} className={classes.text}>
        {body || "–"}
      </Text>
    </figure>
  );
}

export function PurposeTermsFields({ form }: FieldsProps): ReactNode {
  const words = useWords(consentWords).form;
  return (
    <Fieldset legend={words.terms} variant="unstyled" classNames={{ legend: classes.legend }}>
      <Text size="xs" c="dimmed" mb="xs">
        {words.termsHint}
      </Text>
      <Stack gap="md">
        {REGIONS.map((region) => (
          <RegionFields key={region} region={region} form={form} />
        ))}
      </Stack>
    </Fieldset>
  );
}

function RegionFields({ region, form }: FieldsProps & { region: Region }): ReactNode {
  const words = useWords(consentWords).form;
  const { term } = useTerms();
  const name = term("regions", region).name;
  const basis = form.values[`terms.${region}.basis`];
  const chosen = form.values[`terms.${region}.default`];
  return (
    <div>
      <Text size="sm" fw={500} mb={4} title={term("regions", region).hint}>
        {name}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="xs">
        <Select
          aria-label={`${words.basis} · ${name}`}
          description={term("bases", basis).hint}
          inputWrapperOrder={["label", "input", "description", "error"]}
          data={BASES.map((key) => ({ value: key, label: term("bases", key).name }))}
          value={basis}
          allowDeselect={false}
          onChange={(next) => form.set(`terms.${region}.basis`, next as Basis)}
        />
        {isEssential(basis) ? (
          <Text size="sm" c="dimmed" mt={8}>
            {words.noDefault}
          </Text>
        ) : (
          <Select
            aria-label={`${words.default} · ${name}`}
            description={term("defaults", chosen).hint}
            inputWrapperOrder={["label", "input", "description", "error"]}
            data={(["refused", "granted"] as const).map((key) => ({
              value: key,
              label: term("defaults", key).name,
            }))}
            value={chosen}
            allowDeselect={false}
            onChange={(next) => form.set(`terms.${region}.default`, next as ConsentDefault)}
          />
        )}
      </SimpleGrid>
    </div>
  );
}
