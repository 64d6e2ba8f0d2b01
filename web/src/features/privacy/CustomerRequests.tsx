import { Button, Menu, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { SideDrawer } from "@/components/SideDrawer";
import type { PrivacyRequest, Profile, RequestKind } from "@/lib/api";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { consentQuery } from "./privacy-queries";
import { RequestForm } from "./RequestForm";
import { KINDS, requestWords } from "./request-words";

/** What a customer may ask for, from their own page. */
export function CustomerRequests({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(requestWords);
  const mayManage = useMayDo()("privacy.manage");
  const navigate = useNavigate();
  const [kind, setKind] = useState<RequestKind>();
  const { data: consent } = useQuery(consentQuery(profile.id));
  // Of stopping and resuming only one makes sense.
  const pointless = consent?.restricted ? "restriction" : "release";
  const done = (made: PrivacyRequest) => {
    setKind(undefined);
    if (mayManage)
      void navigate({ to: "/settings/privacy/requests", search: { request: made.id } });
  };
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={15} aria-hidden />}>
            {words.form.askedFor}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {KINDS.filter((one) => one !== pointless).map((one) => (
            <Menu.Item
              key={one}
              color={one === "erasure" ? "red" : undefined}
              onClick={() => setKind(one)}
            >
              {words.kinds[one].name}
              <Text size="xs" c="dimmed">
                {words.kinds[one].hint}
              </Text>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <SideDrawer
        opened={kind !== undefined}
        onClose={() => setKind(undefined)}
        title={words.form.title}
      >
        {kind && <RequestForm key={kind} profile={profile} kind={kind} onDone={done} />}
      </SideDrawer>
    </>
  );
}
