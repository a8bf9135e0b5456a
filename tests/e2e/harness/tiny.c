// The whole content of the images of tiny.py: a service and its migrator.
//   app serve    answers every request at port 8000 with its version, until SIGTERM; with DIES_AFTER it ends before
//   app old      a health check that only 1.0.0 passes
//   app check    a health check that passes unless it is SICK
//   app migrate  does what the environment says: MIGRATE=done, fails (says why on stdout), hangs (deaf to SIGTERM)
// VERSION, DIES_AFTER (seconds, 0: never) and SICK (0 or 1) are compiled in, so that an image is as it is.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void leave(int signal) {
  (void)signal;
  _exit(0);
}

static void die(int signal) {
  (void)signal;
  static const char kWhy[] = "FATAL: lost the cache\n";
  _exit(write(1, kWhy, sizeof kWhy - 1) < 0 ? 2 : 1);
}

static int migrate(void) {
  const char* how = getenv("MIGRATE");
  setvbuf(stdout, 0, _IONBF, 0);
  printf("migrating to " VERSION "\n");
  if (how && !strcmp(how, "hangs")) {
    signal(SIGTERM, SIG_IGN);
    for (;;) pause();
  }
  if (!how || strcmp(how, "fails")) return 0;
  printf("applying 0004_tags\nERROR: column tag exists already\n");
  return 3;
}

int main(int argc, char** argv) {
  if (argc > 1 && !strcmp(argv[1], "migrate")) return migrate();
  if (argc > 1 && !strcmp(argv[1], "old")) return strcmp(VERSION, "1.0.0") ? 1 : 0;
  if (argc > 1 && !strcmp(argv[1], "check")) return SICK;
  signal(SIGTERM, leave);
  signal(SIGALRM, die);
  alarm(DIES_AFTER);
  const int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(8000), .sin_addr = {htonl(INADDR_ANY)}};
  if (bind(server, (struct sockaddr*)&at, sizeof at) != 0 || listen(server, 16) != 0) return 1;
  const char body[] = "{\"status\":\"ok\",\"version\":\"" VERSION "\"}";
  for (;;) {
    const int client = accept(server, 0, 0);
    char request[2048];
    if (client < 0 || read(client, request, sizeof request) < 0) continue;
    dprintf(client, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", sizeof body - 1, body);
    close(client);
  }
}
