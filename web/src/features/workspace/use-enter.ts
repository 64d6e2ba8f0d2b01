import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { meQuery } from "@/lib/session";

/** Goes on to the page the visitor came for; only paths of this app are followed. */
export function useEnter(to: string | undefined): () => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await queries.fetchQuery({ ...meQuery, staleTime: 0 });
    const inside = to?.startsWith("/") && !to.startsWith("//") ? to : "/";
    await navigate({ href: inside, replace: true });
  };
}
