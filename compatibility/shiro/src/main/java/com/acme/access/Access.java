package com.acme.access;

import io.distcache.compatibility.Checks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.shiro.authc.AuthenticationInfo;
import org.apache.shiro.authc.AuthenticationToken;
import org.apache.shiro.authc.SimpleAuthenticationInfo;
import org.apache.shiro.authc.UsernamePasswordToken;
import org.apache.shiro.authz.AuthorizationInfo;
import org.apache.shiro.authz.SimpleAuthorizationInfo;
import org.apache.shiro.cache.jcache.JCacheManager;
import org.apache.shiro.mgt.DefaultSecurityManager;
import org.apache.shiro.realm.AuthorizingRealm;
import org.apache.shiro.session.mgt.DefaultSessionManager;
import org.apache.shiro.session.mgt.eis.EnterpriseCacheSessionDAO;
import org.apache.shiro.subject.PrincipalCollection;
import org.apache.shiro.subject.Subject;

/**
 * The rights of users and their sessions, cached. What users prove themselves by is not, which is Shiro's default: in Shiro 2 its class for
 * that holds a salt that is not Serializable.
 */
public final class Access {
    private Access() {}

    /** Says who may what, and counts how often it is asked. */
    static final class Users extends AuthorizingRealm {
        int authentications;
        int authorizations;

        Users() {
            setName("users");
            setCachingEnabled(true);
            setAuthorizationCachingEnabled(true);
        }

        @Override
        protected AuthenticationInfo doGetAuthenticationInfo(AuthenticationToken token) {
            authentications++;
            return new SimpleAuthenticationInfo(token.getPrincipal(), "secret", getName());
        }

        @Override
        protected AuthorizationInfo doGetAuthorizationInfo(PrincipalCollection principals) {
            authorizations++;
            SimpleAuthorizationInfo info = new SimpleAuthorizationInfo(Set.of("reader"));
            info.addStringPermission("books:read");
            return info;
        }
    }

    /** Takes a file for the session's id, and which run this is. */
    public static void main(String[] arguments) throws Exception {
        Checks checks = Checks.of(arguments);
        Path file = Path.of(arguments[0]);
        Users users = new Users();
        JCacheManager caches = new JCacheManager();
        DefaultSessionManager sessions = new DefaultSessionManager();
        sessions.setSessionDAO(new EnterpriseCacheSessionDAO());
        sessions.setSessionValidationSchedulerEnabled(false);
        DefaultSecurityManager security = new DefaultSecurityManager(users);
        security.setSessionManager(sessions);
        security.setCacheManager(caches);
        caches.init();
        if (checks.again()) {
            Subject subject = new Subject.Builder(security)
                    .sessionId(Files.readString(file))
                    .buildSubject();
            checks.holds("who was logged in before the restart is", subject.isAuthenticated());
            checks.equal("the session has its attributes", "3 books", subject.getSession().getAttribute("cart"));
            checks.holds("rights are cached", subject.hasRole("reader") && subject.isPermitted("books:read"));
            checks.equal("nobody was asked", 0, users.authentications + users.authorizations);
            subject.logout();
            checks.equal("a logout removes the session, and no other", 1, sessions.getSessionDAO().getActiveSessions().size());
        } else {
            Subject subject = new Subject.Builder(security).buildSubject();
            subject.login(new UsernamePasswordToken("ada", "secret"));
            subject.getSession().setAttribute("cart", "3 books");
            new Subject.Builder(security).buildSubject().login(new UsernamePasswordToken("ada", "secret"));
            checks.holds("rights are found", subject.hasRole("reader") && subject.isPermitted("books:read"));
            subject.isPermitted("books:write");
            checks.equal("the realm was asked once for rights", 1, users.authorizations);
            Files.writeString(file, subject.getSession().getId().toString());
        }
        security.destroy();
        System.exit(checks.end());
    }
}
