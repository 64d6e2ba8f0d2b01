import { queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import type { Me, Workspace } from "./api";
import { client, rememberCsrfToken, unwrap } from "./client";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<Me> => {
    const me = (await unwrap(client.GET("/api/me"))) as Me;
    rememberCsrfToken(me.csrf_token);
    return me;
  },
  staleTime: 5 * 60_000,
  retry: false,
});

/** The signed-in member; only for screens inside the shell, where the route has loaded it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export function useMayDo(): (permission: string) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}

/** The workspace, or nothing before sign-in: formats then follow the browser. */
export function useWorkspaceMaybe(): Workspace | undefined {
  return useQuery({ ...meQuery, enabled: false }).data?.workspace;
}
