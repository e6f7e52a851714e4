/**
 * What other programs mean by what they print when they fail.
 *
 * @module
 */

/** Whether the text is of a program that found the disk full. */
export function diskFull(text: string): boolean {
  return /No space left on device|Errno 28|ENOSPC|os error 28|Disk quota exceeded/i.test(text);
}

/** Whether the text is of a program that did not reach the network. */
export function noNetwork(text: string): boolean {
  return /NewConnectionError|Max retries exceeded|Failed to establish a new connection|name resolution|Name or service not known|Network is unreachable|Connection (refused|reset|broken|aborted)|timed out|ProxyError|SSLError|HTTP error [45]\d\d|dns error|error sending request|client error \(Connect\)|tcp connect error/i
    .test(text);
}
