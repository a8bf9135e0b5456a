// The whole content of the images of the engine tests: serves until SIGTERM, says what happens to it.
//   app serve | check | echo TEXT | exit CODE [AFTER MS]
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stop_now, reload_now;
static void on_term(int signal) {
  (void)signal;
  stop_now = 1;
}
static void on_hup(int signal) {
  (void)signal;
  reload_now = 1;
}

static void say(const char* text) {
  puts(text);
  fflush(stdout);
}

int main(int argc, char** argv) {
  const char* verb = argc > 1 ? argv[1] : "serve";
  if (!strcmp(verb, "check")) return 0;
  if (!strcmp(verb, "version")) return puts(VERSION) < 0;
  if (!strcmp(verb, "echo")) return puts(argc > 2 ? argv[2] : "") < 0;
  if (!strcmp(verb, "exit")) {
    const int ms = argc > 3 ? atoi(argv[3]) : 0;
    const struct timespec life = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&life, 0);
    say("leaving");
    return argc > 2 ? atoi(argv[2]) : 0;
  }
  signal(SIGTERM, on_term);
  signal(SIGHUP, on_hup);
  say("started " VERSION);
  while (!stop_now) {
    const struct timespec pause = {0, 20 * 1000 * 1000};
    nanosleep(&pause, 0);
    if (reload_now) {
      reload_now = 0;
      say("reloaded");
    }
  }
  say("stopped");
  return 0;
}
