import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "@/lib/client";
import { toastDone, toastError } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { refreshSegments } from "./segment-queries";
import { segmentWords } from "./segment-words";

/** Works the members out anew from everything that is stored. */
export function useRebuild(id: number) {
  const words = useWords(segmentWords).page;
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/segments/{id}/rebuild", { params: { path: { id } } })),
    onSuccess: async () => {
      toastDone(words.rebuilt);
      await refreshSegments(queries);
    },
    onError: (error: Error) => toastError(error.message),
  });
}
