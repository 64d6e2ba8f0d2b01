import {
  Alert,
  Button,
  ColorInput,
  Group,
  Slider,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { Card } from "@/components/Card";
import { CopyField } from "@/components/CopyField";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { Brand, Language } from "@/lib/api";
import { ApiProblem, client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { centreWords } from "./centre-words";

const LANGUAGES: Language[] = ["ja", "en"];
const RADIUS_MAX = 24;

export function CentrePage(): ReactNode {
  const words = useWords(centreWords);
  const query = useQuery({
    queryKey: ["privacy", "brand"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/privacy/brand", { signal })),
  });
  return (
    <Page title={words.title} state={words.state} width="text" action={<PreviewButton />}>
      <Loaded query={query}>{(brand) => <BrandForm brand={brand} />}</Loaded>
    </Page>
  );
}

function PreviewButton(): ReactNode {
  const words = useWords(centreWords);
  const open = useMutation({
    mutationFn: () => unwrap(client.POST("/api/privacy/preview")),
    onSuccess: ({ url }) => window.open(new URL(url).pathname, "_blank", "noopener"),
  });
  return (
    <Button
      variant="default"
      leftSection={<IconExternalLink size={16} aria-hidden />}
      title={words.previewHint}
      loading={open.isPending}
      onClick={() => open.mutate()}
    >
      {words.preview}
    </Button>
  );
}

function BrandForm({ brand }: { brand: Brand }): ReactNode {
  const words = useWords(centreWords);
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const mayManage = useMayDo()("privacy.manage");
  const [saved, setSaved] = useState(brand);
  const [draft, setDraft] = useState(brand);
  const changed = JSON.stringify(draft) !== JSON.stringify(saved);
  const save = useMutation({
    mutationFn: () => {
      const { name, color, radius, logo_url, privacy_url, banner } = draft;
      const body = { name, color, radius, logo_url, privacy_url, banner };
      return unwrap(client.PATCH("/api/privacy/brand", { body }));
    },
    onSuccess: (next) => {
      setSaved(next);
      setDraft(next);
      toastDone(common.saved);
    },
  });
  const faults = save.error instanceof ApiProblem ? save.error.fields : {};
  const parts = { draft, onChange: setDraft, faults };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <UnsavedGuard changed={changed && !save.isPending} />
      <Stack>
        {!brand.mail_ready && <Alert color="yellow">{words.mailMissing}</Alert>}
        {!mayManage && <Text size="sm">{words.readOnly}</Text>}
        <fieldset disabled={!mayManage} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
          <Stack>
            <LookFields {...parts} disabled={!mayManage} />
            <BannerFields {...parts} />
          </Stack>
        </fieldset>
        <CopyField label={words.page} hint={words.pageHint} value={brand.page_url} />
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        {mayManage && (
          <Group>
            <Button type="submit" disabled={!changed} loading={save.isPending}>
              {common.save}
            </Button>
            {changed && (
              <Button variant="subtle" color="gray" onClick={() => setDraft(saved)}>
                {common.cancel}
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  );
}

interface PartProps {
  draft: Brand;
  onChange: (next: Brand) => void;
  faults: Record<string, string>;
}

function LookFields({
  draft,
  onChange,
  faults,
  disabled,
}: PartProps & { disabled: boolean }): ReactNode {
  const words = useWords(centreWords);
  const radiusLabel = useId();
  return (
    <Card title={words.look} hint={words.lookHint}>
      <Stack>
        <TextInput
          label={words.name}
          required
          withAsterisk={false}
          value={draft.name}
          error={faults.name}
          onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        />
        <ColorInput
          label={words.color}
          disabled={disabled}
          value={draft.color}
          error={faults.color}
          onChange={(color) => onChange({ ...draft, color: color.toUpperCase() })}
        />
        <div>
          <Text size="sm" fw={500} id={radiusLabel}>
            {words.radius}
          </Text>
          <Slider
            mt={4}
            mb="xs"
            max={RADIUS_MAX}
            disabled={disabled}
            value={draft.radius}
            label={(radius) => words.radiusUnit(String(radius))}
            thumbProps={{ "aria-labelledby": radiusLabel }}
            onChange={(radius) => onChange({ ...draft, radius })}
          />
        </div>
        <TextInput
          label={words.logo}
          description={words.logoHint}
          type="url"
          value={draft.logo_url ?? ""}
          error={faults.logo_url}
          onChange={(event) => onChange({ ...draft, logo_url: event.currentTarget.value || null })}
        />
        <TextInput
          label={words.policy}
          type="url"
          placeholder="https://"
          value={draft.privacy_url ?? ""}
          error={faults.privacy_url}
          onChange={(event) =>
            onChange({ ...draft, privacy_url: event.currentTarget.value || null })
          }
        />
      </Stack>
    </Card>
  );
}

function BannerFields({ draft, onChange, faults }: PartProps): ReactNode {
  const words = useWords(centreWords);
  const format = useFormat();
  return (
    <Card
      title={words.banner}
      hint={words.bannerHint}
      action={
        <Text size="sm" c="dimmed">
          {words.version(format.number(draft.version))}
        </Text>
      }
    >
      <Stack>
        {LANGUAGES.map((language) => {
          const text = draft.banner[language] ?? { title: "", body: "" };
          const change = (part: Partial<typeof text>) =>
            onChange({ ...draft, banner: { ...draft.banner, [language]: { ...text, ...part } } });
          return (
            <Stack key={language} gap="xs" lang={language}>
              <TextInput
                label={`${words.bannerTitle} (${words[language]})`}
                value={text.title}
                error={faults[`banner.${language}`]}
                onChange={(event) => change({ title: event.currentTarget.value })}
              />
              <Textarea
                label={`${words.bannerBody} (${words[language]})`}
                autosize
                minRows={2}
                value={text.body}
                onChange={(event) => change({ body: event.currentTarget.value })}
              />
            </Stack>
          );
        })}
      </Stack>
    </Card>
  );
}
