import { Button, Group, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowMerge } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { Loaded } from "@/components/Loaded";
import { SideDrawer } from "@/components/SideDrawer";
import type { Identity, Profile, ProfileId } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { IdentityGraph } from "./IdentityGraph";
import { IdentityLog } from "./IdentityLog";
import { IdentityTable } from "./IdentityTable";
import { countApart, readRefusals } from "./identity-rules";
import { LinkDetail } from "./LinkDetail";
import { MergeForm } from "./MergeForm";
import { identityQuery } from "./profile-queries";
import { profileWords } from "./profile-words";

export function IdentityTab({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(profileWords).identity;
  const mayMerge = useMayDo()("profiles.merge");
  const [merging, merge] = useDisclosure();
  const [from, setFrom] = useState<ProfileId>();
  const openMerge = (other?: ProfileId) => {
    setFrom(other);
    merge.open();
  };
  const query = useQuery(identityQuery(profile.id));
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={620}>
          {words.hint}
        </Text>
        {mayMerge && (
          <Button
            variant="default"
            leftSection={<IconArrowMerge size={16} />}
            onClick={() => openMerge()}
          >
            {words.merge}
          </Button>
        )}
      </Group>
      <Loaded query={query} skeleton={<Skeleton height={320} />}>
        {(identity) => (
          <IdentityView
            profile={profile}
            identity={identity}
            onMerge={mayMerge ? openMerge : undefined}
          />
        )}
      </Loaded>
      <SideDrawer opened={merging} onClose={merge.close} title={words.mergeTitle}>
        {merging && <MergeForm profile={profile} from={from} onDone={merge.close} />}
      </SideDrawer>
    </Stack>
  );
}

interface IdentityViewProps {
  profile: Profile;
  identity: Identity;
  /** Given to whoever may merge. */
  onMerge: ((other: ProfileId) => void) | undefined;
}

function IdentityView({ profile, identity, onMerge }: IdentityViewProps): ReactNode {
  const words = useWords(profileWords).identity;
  const common = useWords(commonWords);
  const { link: linkId } = useSearch({ from: "/shell/customers/profiles/$profileId" });
  const navigate = useNavigate({ from: "/customers/profiles/$profileId" });
  const [view, setView] = useState("graph");
  const apart = countApart(readRefusals(identity));
  const link = identity.links.find((one) => one.id === linkId);
  const openLink = (id: number | undefined) =>
    void navigate({ search: (now) => compact({ ...now, link: id }), resetScroll: false });
  return (
    <>
      <Card
        title={words.graph}
        hint={identity.links.length === 0 ? words.single : undefined}
        action={
          <SegmentedControl
            size="xs"
            aria-label={words.graph}
            value={view}
            onChange={setView}
            data={[
              { value: "graph", label: common.asChart },
              { value: "table", label: common.asTable },
            ]}
          />
        }
      >
        {view === "graph" ? (
          <IdentityGraph identity={identity} selected={linkId} onSelect={openLink} />
        ) : (
          <IdentityTable identity={identity} onSelect={openLink} />
        )}
        {identity.blocks.length > 0 && (
          <Text size="sm" c="dimmed" mt="sm">
            {words.blocks(String(identity.blocks.length))}
          </Text>
        )}
        {apart > 0 && (
          <Text size="sm" c="dimmed" mt="sm">
            {words.refused(String(apart))}
          </Text>
        )}
      </Card>
      <Card title={words.log}>
        <IdentityLog identity={identity} onMerge={onMerge} />
      </Card>
      <SideDrawer
        opened={link !== undefined}
        onClose={() => openLink(undefined)}
        title={words.link}
      >
        {link && (
          <LinkDetail
            profileId={profile.id}
            identity={identity}
            link={link}
            onDone={() => openLink(undefined)}
          />
        )}
      </SideDrawer>
    </>
  );
}
