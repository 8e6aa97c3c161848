package io.distcache.testing;

import java.net.URLClassLoader;
import org.apache.catalina.Context;
import org.apache.catalina.Host;
import org.apache.catalina.Loader;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;

/**
 * A process of {@link TomcatIT}: a Tomcat without a port that deploys a web application again and again, undeploys it each time, and says
 * what is {@link LeftBehind}.
 */
final class DeployingTomcat {
    private DeployingTomcat() {}

    /**
     * Takes: the web application's directory; the URI; what the application closes, and when; how often; Tomcat's own directory; and, if
     * the provider is in the server, its class path.
     */
    public static void main(String[] arguments) {
        int code = 1;
        try {
            run(arguments);
            code = 0;
        } catch (Exception | Error e) {
            e.printStackTrace(System.out);
        }
        // Also ends Tomcat's threads.
        System.exit(code);
    }

    private static void run(String[] arguments) throws Exception {
        boolean inServer = arguments.length > 5;
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(arguments[4]);
        Host host = tomcat.getHost();
        tomcat.start();
        ClassLoader parent = inServer
                ? new URLClassLoader(
                        "server", RedeployingServer.urls(arguments[5]), DeployingTomcat.class.getClassLoader())
                : DeployingTomcat.class.getClassLoader();
        LeftBehind left = new LeftBehind(inServer);
        for (int i = 0; i < Integer.parseInt(arguments[3]); i++) {
            deploy(host, parent, arguments, i, left);
        }
        left.say();
    }

    private static void deploy(Host host, ClassLoader parent, String[] arguments, int number, LeftBehind left) {
        StandardContext context = new StandardContext();
        context.setPath("/shop" + number);
        context.setName("/shop" + number);
        context.setDocBase(arguments[0]);
        context.setParentClassLoader(parent);
        ContextConfig config = new ContextConfig();
        config.setDefaultWebXml("org/apache/catalina/startup/NO_DEFAULT_XML");
        context.addLifecycleListener(config);
        context.addParameter("uri", arguments[1]);
        context.addParameter("end", arguments[2]);
        context.addParameter("tag", String.valueOf(number));
        host.addChild(context);
        System.out.println("deployed " + context.getPath() + " " + context.getState()
                + (context.getDistributable() ? ", distributable" : ""));
        left.deployed(loader(context));
        host.removeChild(context);
        System.out.println("undeployed " + context.getPath());
    }

    private static ClassLoader loader(Context context) {
        Loader loader = context.getLoader();
        return loader.getClassLoader();
    }
}
