/** Where the servers are that tests use, as environment variables. */
export type TestEnvironment = {
  /** A superuser's URL. */
  readonly PLIMSOLL_TEST_POSTGRES: string
  /** With user and password; JetStream is on. */
  readonly PLIMSOLL_TEST_NATS: string
  /** A cluster administrator's kubeconfig. */
  readonly PLIMSOLL_TEST_KUBECONFIG: string
  /** The kubeconfig of a user without rights. */
  readonly PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED: string
  /** Programs, by their paths. */
  readonly PLIMSOLL_TOOL_KUSTOMIZE: string
  readonly PLIMSOLL_TOOL_HELM: string
  readonly PLIMSOLL_TOOL_PLIMSOLL_SANDBOX: string
}

/** One of the harness's addresses. Throws when no harness handed it on. */
export function testEnvironment(name: keyof TestEnvironment): string {
  const value = process.env[name]
  if (value) return value
  throw new Error(
    `${name} is not set: run the tests by \`npm test\`, or start \`npm run harness\` and export what it prints`,
  )
}
