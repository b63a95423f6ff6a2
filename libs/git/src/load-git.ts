/** isomorphic-git, loaded by who speaks to a remote: others use this package to read trees, and it takes megabytes. */
export async function loadGit() {
  return (await import('isomorphic-git')).default
}
