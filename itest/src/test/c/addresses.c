/* What a profile grants of addresses: "connect 127.0.0.1:PORT" and "bind 127.0.0.1:0". Prints what went wrong, and "end". */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define REFUSED(call) refused(__LINE__, #call, (call))
#define DONE(call) done(__LINE__, #call, (call))

static void refused(int at, const char *text, long result)
{
    if (result >= 0 || errno != EPERM)
        printf("%d: %s: %s\n", at, text, result >= 0 ? "granted" : strerror(errno));
}

static long done(int at, const char *text, long result)
{
    if (result < 0)
        printf("%d: %s: %s\n", at, text, strerror(errno));
    return result;
}

int main(int argc, char **argv)
{
    int port = atoi(argv[1]);
    struct sockaddr_in granted = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in other = granted, any = {.sin_family = AF_INET}, own = granted;
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6}, six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    unsigned char route[8] = {131, 7, 4, 127, 0, 0, 1, 0};
    struct iovec data = {"x", 1};
    struct msghdr message = {.msg_name = &other, .msg_namelen = sizeof other, .msg_iov = &data, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
    int tcp = DONE(socket(AF_INET, SOCK_STREAM, 0)), udp = DONE(socket(AF_INET, SOCK_DGRAM, 0));
    int tcp6 = DONE(socket(AF_INET6, SOCK_STREAM, 0)), udp6 = DONE(socket(AF_INET6, SOCK_DGRAM, 0));

    (void) argc;
    other.sin_port = htons(port + 1);
    own.sin_port = 0;
    six.sin6_addr = in6addr_loopback;
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
    REFUSED(connect(tcp, (struct sockaddr *) &other, sizeof other));
    REFUSED(connect(udp, (struct sockaddr *) &other, sizeof other));
    REFUSED(sendto(udp, "x", 1, 0, (struct sockaddr *) &other, sizeof other));
    other.sin_family = AF_UNSPEC; /* which UDP takes for AF_INET */
    REFUSED(sendto(udp, "x", 1, 0, (struct sockaddr *) &other, sizeof other));
    other.sin_family = AF_INET;
    REFUSED(sendmsg(udp, &message, 0));
    REFUSED(sendmmsg(udp, &messages, 1, 0));
    REFUSED(sendto(tcp, "x", 1, MSG_FASTOPEN, (struct sockaddr *) &other, sizeof other));
    REFUSED(connect(tcp6, (struct sockaddr *) &six, sizeof six));
    REFUSED(sendto(udp6, "x", 1, 0, (struct sockaddr *) &six, sizeof six));
    REFUSED(sendto(udp6, "x", 1, 0, (struct sockaddr *) &other, sizeof other));
    REFUSED(bind(tcp, (struct sockaddr *) &any, sizeof any));
    REFUSED(bind(tcp6, (struct sockaddr *) &any6, sizeof any6));
    REFUSED(listen(DONE(socket(AF_INET, SOCK_STREAM, 0)), 1));
    REFUSED(listen(DONE(socket(AF_INET6, SOCK_STREAM, 0)), 1));
    REFUSED(setsockopt(tcp, IPPROTO_IP, IP_OPTIONS, route, sizeof route));
    REFUSED(setsockopt(tcp6, IPPROTO_IPV6, IPV6_RTHDR, route, sizeof route));
    REFUSED(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    REFUSED(socket(AF_NETLINK, SOCK_RAW, 0));
    DONE(connect(tcp6, (struct sockaddr *) &mapped, sizeof mapped));
    DONE(connect(tcp, (struct sockaddr *) &granted, sizeof granted));
    DONE(sendto(udp, "x", 1, 0, (struct sockaddr *) &granted, sizeof granted));
    DONE(connect(udp, &unspecified, sizeof unspecified));
    tcp = DONE(socket(AF_INET, SOCK_STREAM, 0));
    DONE(bind(tcp, (struct sockaddr *) &own, sizeof own));
    DONE(listen(tcp, 1));
    puts("end");
    return 0;
}
