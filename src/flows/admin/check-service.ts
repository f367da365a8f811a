import type { ServiceCheck } from "../../domain/service-check.ts";
import { checkService as checkServiceItself } from "../check-service.ts";
import type { FlowContext } from "../context.ts";
import { type Act, performAct } from "./act.ts";

/** Checks a service because an operator asks for it. @throws TakeoutError as `checkService` and `performAct`. */
export async function checkService(
  context: FlowContext,
  { act, service }: { readonly act: Act; readonly service: string },
): Promise<ServiceCheck> {
  return await performAct(
    context,
    act,
    async (_, result: ServiceCheck) => ({ result, target: service }),
    () => checkServiceItself(context, { service }),
  );
}
