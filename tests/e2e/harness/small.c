// The one program in the images of small stacks (small.py): answers every GET with its version as JSON.
//   small                 serves on port 8000 until SIGTERM; with DIES_AFTER it ends by itself after so many seconds
//   small check           what a health check runs: 0 when it is well
// VERSION, DIES_AFTER (0: never) and SICK (0 or 1) are compiled in, so that an image is as it is.
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_alarm(int signal) {
  (void)signal;
  static const char kWhy[] = "FATAL: lost the cache\n";
  if (write(1, kWhy, sizeof kWhy - 1) < 0) _exit(2);
  _exit(1);
}
static void on_term(int signal) {
  (void)signal;
  _exit(0);
}

int main(int argc, char** argv) {
  if (argc > 1 && !strcmp(argv[1], "check")) return SICK;
  signal(SIGTERM, on_term);
  signal(SIGALRM, on_alarm);
  alarm(DIES_AFTER);
  const int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(8000)};
  if (bind(listener, (struct sockaddr*)&here, sizeof here) || listen(listener, 8)) {
    perror("port 8000");
    return 1;
  }
  puts("started " VERSION);
  fflush(stdout);
  static const char kBody[] = "{\"version\":\"" VERSION "\"}\n";
  for (;;) {
    const int caller = accept(listener, 0, 0);
    if (caller < 0) continue;
    char request[4096];
    if (read(caller, request, sizeof request) > 0)
      dprintf(caller, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
              sizeof kBody - 1, kBody);
    close(caller);
  }
}
