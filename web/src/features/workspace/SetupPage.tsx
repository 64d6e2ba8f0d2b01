import {
  Alert,
  Button,
  Group,
  PasswordInput,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import type { SetupState } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { isEmail, useForm } from "@/lib/form";
import { meQuery } from "@/lib/session";
import { useLanguage, useWords } from "@/lib/words";
import { AccessFrame } from "./AccessFrame";
import { accessWords } from "./access-words";
import { PASSWORD_LENGTH_MIN } from "./limits";
import { RegionFields } from "./RegionFields";
import { guessRegion } from "./region-guess";
import classes from "./SetupPage.module.css";

const FIELDS = [["workspace_name"], ["owner_name", "email", "password"], []] as const;

export function SetupPage(): ReactNode {
  const words = useWords(accessWords);
  const state = useQuery({
    queryKey: ["setup"],
    queryFn: () => unwrap(client.GET("/api/setup")),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <AccessFrame title={words.setup.title} hint={words.setup.hint} wide>
      <Loaded query={state} skeleton={<Skeleton height={240} />}>
        {(choices) => <SetupWizard choices={choices} />}
      </Loaded>
    </AccessFrame>
  );
}

function SetupWizard({ choices }: { choices: SetupState }): ReactNode {
  const words = useWords(accessWords);
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const { language, setLanguage } = useLanguage();
  const [step, setStep] = useState(0);
  const [region, setRegion] = useState(() => ({
    ...guessRegion(readBrowser(), choices),
    language,
  }));
  const form = useSetupForm();
  const finish = useFinish();
  const goOn = () => {
    if (!form.check([...(FIELDS[step] ?? [])])) return;
    if (step < FIELDS.length - 1) setStep(step + 1);
    else finish.mutate({ ...form.values, ...region });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        goOn();
      }}
    >
      <Steps step={step} />
      <div className={classes.step}>
        {step === 0 && (
          <TextInput
            label={words.setup.workspaceName}
            description={words.setup.workspaceHint}
            placeholder={words.setup.workspaceExample}
            autoComplete="organization"
            autoFocus
            {...form.text("workspace_name")}
          />
        )}
        {step === 1 && (
          <Stack>
            <Text size="sm" c="dimmed">
              {words.setup.youHint}
            </Text>
            <TextInput
              label={words.yourName}
              autoComplete="name"
              autoFocus
              {...form.text("owner_name")}
            />
            <TextInput
              label={words.email}
              type="email"
              autoComplete="username"
              {...form.text("email")}
            />
            <PasswordInput
              label={words.password}
              description={words.passwordHint}
              autoComplete="new-password"
              {...form.text("password")}
            />
          </Stack>
        )}
        {step === 2 && (
          <Stack>
            <Text size="sm" c="dimmed">
              {words.setup.regionHint}
            </Text>
            <RegionFields
              region={region}
              choices={choices}
              onChange={(next) => {
                setRegion(next);
                setLanguage(next.language);
              }}
            />
          </Stack>
        )}
      </div>
      {finish.error && (
        <Alert color="red" mb="md" role="alert">
          {errorText(finish.error)}
        </Alert>
      )}
      <Group justify="space-between">
        {step > 0 ? (
          <Button variant="default" onClick={() => setStep(step - 1)}>
            {common.back}
          </Button>
        ) : (
          <span />
        )}
        <Button type="submit" loading={finish.isPending}>
          {step < FIELDS.length - 1 ? common.next : words.setup.finish}
        </Button>
      </Group>
    </form>
  );
}

function useSetupForm() {
  const words = useWords(accessWords);
  return useForm({ workspace_name: "", owner_name: "", email: "", password: "" }, (values) => ({
    ...(values.workspace_name.trim() ? {} : { workspace_name: words.required }),
    ...(values.owner_name.trim() ? {} : { owner_name: words.required }),
    ...(isEmail(values.email) ? {} : { email: words.emailWrong }),
    ...(values.password.length >= PASSWORD_LENGTH_MIN ? {} : { password: words.passwordShort }),
  }));
}

function useFinish() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (body: Parameters<typeof sendSetup>[0]) => sendSetup(body),
    onSuccess: async () => {
      await queries.fetchQuery({ ...meQuery, staleTime: 0 });
      await navigate({ to: "/" });
    },
  });
}

function sendSetup(body: import("@/lib/api").SetupRequest) {
  return unwrap(client.POST("/api/setup", { body }));
}

function readBrowser() {
  return {
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    languages: navigator.languages,
  };
}

function Steps({ step }: { step: number }): ReactNode {
  const words = useWords(accessWords).setup;
  const names = [words.workspace, words.you, words.region];
  return (
    <ol className={classes.steps} aria-label={words.step(String(step + 1), String(names.length))}>
      {names.map((name, position) => (
        <li
          key={name}
          className={classes.stepName}
          data-done={position < step || undefined}
          aria-current={position === step ? "step" : undefined}
        >
          {name}
        </li>
      ))}
    </ol>
  );
}
