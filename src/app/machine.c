/* machine.c: where and with what the program runs, and how it ends. */
#include "app.h"

#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

int mts_app_exit(mts_status st)
{
    switch (st) {
    case MTS_OK:
        return MTS_EXIT_OK;
    case MTS_ERR_USAGE:
        return MTS_EXIT_USAGE;
    case MTS_ERR_SWEEP:
        return MTS_EXIT_SWEEP;
    case MTS_ERR_FOREIGN:
        return MTS_EXIT_FOREIGN;
    case MTS_ERR_IO:
    case MTS_ERR_MEMORY:
        return MTS_EXIT_IO;
    case MTS_STOPPED:
        return MTS_EXIT_STOPPED;
    case MTS_DIVERGED:
        break;
    }
    return MTS_EXIT_FAILED_RUNS;
}

bool mts_app_first_rank(void)
{
    static const char *const name[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                       "SLURM_PROCID"};
    static int first = -1;
    for (size_t i = 0; i < sizeof name / sizeof name[0] && first < 0; i++) {
        const char *rank = getenv(name[i]);
        if (rank)
            first = strcmp(rank, "0") == 0;
    }
    if (first < 0)
        first = 1;
    return first;
}

int mts_app_report(mts_status st)
{
    if (st != MTS_OK && mts_app_first_rank())
        mts_log("%s", mts_message());
    return mts_app_exit(st);
}

size_t mts_app_window(FILE *to)
{
    struct winsize size = {0};
    if (ioctl(fileno(to), TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col > 0 ? size.ws_col : 80;
}

/* What asks for an early end. */
static const struct {
    int number;
    const char *name;
} ends[] = {{SIGUSR1, "signal USR1"},
            {SIGTERM, "signal TERM"},
            {SIGHUP, "signal HUP"},
            {SIGINT, "signal INT"}};

static volatile sig_atomic_t caught;

void mts_app_prepare_process(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    signal(SIGXFSZ, SIG_IGN);
}

static void on_signal(int number)
{
    caught = number;
}

void mts_app_catch_signals(void)
{
    static int hup = -1; /* whether nohup has it ignored */
    struct sigaction action = {.sa_handler = on_signal}, before;
    sigemptyset(&action.sa_mask);
    if (hup < 0)
        hup = sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        action.sa_flags = SA_RESTART;
        if (ends[i].number == SIGINT)
            action.sa_flags |= (int)SA_RESETHAND;
        action.sa_handler = ends[i].number == SIGHUP && hup == 1 ? SIG_IGN : on_signal;
        sigaction(ends[i].number, &action, NULL);
    }
    /* A reader of the log that goes must not end the sweep. */
    signal(SIGPIPE, SIG_IGN);
}

const char *mts_app_signal(void)
{
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i].number == caught)
            return ends[i].name;
    return NULL;
}

void mts_app_host(char text[MTS_HOST_TEXT])
{
    if (gethostname(text, MTS_HOST_TEXT) != 0)
        strcpy(text, "unknown");
    text[MTS_HOST_TEXT - 1] = 0;
}

void mts_app_cpu(char text[MTS_APP_CPU_TEXT])
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    struct utsname name;
    char line[512];
    /* What it stays where the kernel names no model (arm). */
    snprintf(text, MTS_APP_CPU_TEXT, "%.60s", uname(&name) == 0 ? name.machine : "unknown");
    while (file && fgets(line, sizeof line, file)) {
        const char *value = strchr(line, ':');
        if (value && strncmp(line, "model name", 10) == 0) {
            value += strspn(value, ": \t");
            snprintf(text, MTS_APP_CPU_TEXT, "%.*s", (int)strcspn(value, "\n"), value);
            break;
        }
    }
    if (file)
        fclose(file);
}

const char *mts_app_compiler(void)
{
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

void mts_app_hdf5(char text[64])
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, 64, "HDF5 %u.%u.%u", major, minor, release);
}

void mts_app_job(char text[MTS_HOST_TEXT])
{
    const char *job = getenv("SLURM_JOB_ID"), *array = getenv("SLURM_ARRAY_JOB_ID"),
               *task = getenv("SLURM_ARRAY_TASK_ID");
    text[0] = 0;
    if (array && task)
        snprintf(text, MTS_HOST_TEXT, "%.30s_%.30s", array, task);
    else if (job)
        snprintf(text, MTS_HOST_TEXT, "%.60s", job);
}

void mts_app_bytes_text(double bytes, char text[MTS_BYTES_TEXT])
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t u = 0;
    while (bytes >= 1023.5 && u < 5) {
        bytes /= 1024;
        u++;
    }
    snprintf(text, MTS_BYTES_TEXT, "%.*f %s", u > 0 && bytes < 9.95 ? 1 : 0, bytes, unit[u]);
}
