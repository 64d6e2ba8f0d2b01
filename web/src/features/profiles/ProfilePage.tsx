import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import type { Profile } from "@/lib/api";
import { SEEN_PROFILE, usePreference } from "@/lib/preferences";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { IdentityTab } from "./IdentityTab";
import { ProfileHeader } from "./ProfileHeader";
import { nameOf, rankIdentifiers } from "./profile-name";
import { profileQuery } from "./profile-queries";
import { profileWords } from "./profile-words";
import { RevealProvider } from "./reveal";
import { Timeline } from "./Timeline";
import { TraitsTab } from "./TraitsTab";

type Part = ((profile: Profile) => ReactNode) | undefined;

interface ProfilePageProps {
  /** What other domains show of a customer; the app puts them here. */
  notice?: Part;
  action?: Part;
  segments?: Part;
  consent?: Part;
}

export function ProfilePage(parts: ProfilePageProps): ReactNode {
  const { profileId } = useParams({ from: "/shell/customers/profiles/$profileId" });
  return (
    <Permitted permission="profiles.read">
      <ProfileView key={profileId} id={profileId} {...parts} />
    </Permitted>
  );
}

function ProfileView({
  id,
  notice,
  action,
  segments,
  consent,
}: ProfilePageProps & { id: string }): ReactNode {
  const words = useWords(profileWords);
  const query = useQuery(profileQuery(id));
  const profile = query.data;
  const [seen, setSeen] = usePreference(SEEN_PROFILE, false);
  const found = profile !== undefined;
  useEffect(() => {
    if (found && !seen) setSeen(true);
  });
  useFollowMerge(profile);
  return (
    <Page
      title={query.error ? id.slice(0, 8) : titleOf(profile, id, words.list.anonymousName)}
      parent={{ label: words.page.parent, to: "/customers/profiles" }}
      action={profile && action?.(profile)}
    >
      <Loaded query={query}>
        {(found) => (
          <RevealProvider profileId={found.id}>
            {notice?.(found)}
            <ProfileHeader profile={found} segments={segments?.(found)} />
            <ProfileTabs profile={found} consent={consent} />
          </RevealProvider>
        )}
      </Loaded>
    </Page>
  );
}

function titleOf(
  profile: Profile | undefined,
  id: string,
  anonymous: (id: string) => string,
): string {
  if (!profile) return "…";
  const [strongest] = rankIdentifiers(profile.identifiers);
  const known =
    strongest && !["anonymous_id", "device_id"].includes(strongest.type) ? strongest.value : null;
  return nameOf({ name: profile.name, user_id: known }) ?? anonymous(id.slice(0, 8));
}

/** An address of before a merge leads on to the profile that it went into. */
function useFollowMerge(profile: Profile | undefined): void {
  const words = useWords(profileWords).page;
  const navigate = useNavigate({ from: "/customers/profiles/$profileId" });
  const target = profile?.merged_into;
  useEffect(() => {
    if (target == null) return;
    toastDone(words.merged);
    void navigate({ params: { profileId: String(target) }, search: (now) => now, replace: true });
  }, [target, navigate, words]);
}

function ProfileTabs({ profile, consent }: { profile: Profile; consent: Part }): ReactNode {
  const words = useWords(profileWords).page;
  const { tab = "timeline" } = useSearch({ from: "/shell/customers/profiles/$profileId" });
  const navigate = useNavigate({ from: "/customers/profiles/$profileId" });
  return (
    <Tabs
      value={tab}
      onChange={(next) =>
        void navigate({ search: { tab: next as typeof tab }, replace: true, resetScroll: false })
      }
      keepMounted={false}
    >
      <Tabs.List mb="md">
        <Tabs.Tab value="timeline">{words.timeline}</Tabs.Tab>
        <Tabs.Tab value="traits">
          {words.traits} {profile.traits.length > 0 && profile.traits.length}
        </Tabs.Tab>
        <Tabs.Tab value="identity">{words.identity}</Tabs.Tab>
        {consent && <Tabs.Tab value="consent">{words.consent}</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="timeline">
        <Timeline profileId={profile.id} />
      </Tabs.Panel>
      <Tabs.Panel value="traits">
        <TraitsTab profile={profile} />
      </Tabs.Panel>
      <Tabs.Panel value="identity">
        <IdentityTab profile={profile} />
      </Tabs.Panel>
      {consent && <Tabs.Panel value="consent">{consent(profile)}</Tabs.Panel>}
    </Tabs>
  );
}
