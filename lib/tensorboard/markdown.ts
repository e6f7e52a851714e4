/**
 * A report's Markdown as TensorBoard shows it: with Python-Markdown and its tables, where GitHub's own
 * additions, raw HTML and files beside the report come to nothing.
 *
 * @module
 */

/**
 * Says in plain Markdown what TensorBoard would show as it is written.
 *
 * @param markdown As `report.md` has it.
 */
export function plainMarkdown(markdown: string): string {
  return markdown
    // In folds it would show the Markdown itself.
    .replace(/<details><summary>([^]*?)<\/summary>/g, "**$1**")
    .replace(/<\/details>\n*/g, "")
    .replace(
      /^> \[!([A-Z])([A-Z]+)\]$/gm,
      (_, first: string, rest: string) => `> **${first}${rest.toLowerCase()}:**`,
    )
    // Figures and runs are files, which are not there.
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, "*$1: in the report's folder*")
    .replace(/\[([^\]]+)\]\((?!https?:)[^)]*\)/g, "$1")
    // GitHub wants bars escaped in code as well; here they would keep their backslash.
    .replace(/`[^`\n]+`/g, (code) => code.replaceAll("\\|", "|"));
}
