/* libgcrypt's holder with two more threads, each some frames deep: what is unwound by frame pointers alone. */
#define main holder
#include "gcrypt.c"
#undef main
#include <pthread.h>
#include <unistd.h>

static __attribute__((noinline)) int wait_below(volatile int depth) {
    if (depth == 0) {
        pause();
        return 0;
    }
    int below = wait_below(depth - 1);
    return below + depth;
}

static void *worker(void *depth) {
    wait_below(*(int *)depth);
    return NULL;
}

int main(void) {
    static int depths[] = {4, 9};
    pthread_t threads[2];
    for (int index = 0; index < 2; index++)
        if (pthread_create(&threads[index], NULL, worker, &depths[index])) return 1;
    return holder();
}
